# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Unified Setup: unpacked, run as a task that outlives the connection, followed, and cleared away. Private to this collection."""

from __future__ import annotations

# {path, directory} -> {exit_code}
# The documented extraction (vmware-azure-set-up-process-server-scale). Start-Process -Wait waits for what the program starts
# as well, which matters as it hands its work on. A backslash before the closing quotation mark would swallow that.
EXTRACT_INSTALLER = r"""param($p)
$directory = $p.directory.TrimEnd('\')
$process = Start-Process -FilePath $p.path -ArgumentList ('/q /x:"' + $directory + '"') -Wait -PassThru
@{ exit_code = [int]$process.ExitCode }
"""

# {task_name, program, arguments, working_directory, user, password} -> {state}
# A task runs with a low priority and for three days at most unless told otherwise.
START_SETUP_TASK = r"""param($p)
$action = New-ScheduledTaskAction -Execute $p.program -Argument $p.arguments -WorkingDirectory $p.working_directory
$settings = New-ScheduledTaskSettingsSet -ExecutionTimeLimit ([TimeSpan]::Zero) -Priority 4
$null = Register-ScheduledTask -TaskName $p.task_name -TaskPath '\' -Action $action -Settings $settings `
    -User $p.user -Password $p.password -RunLevel Highest -Force -ErrorAction Stop
$null = Start-ScheduledTask -TaskName $p.task_name -TaskPath '\' -ErrorAction Stop
$task = Get-ScheduledTask -TaskName $p.task_name -TaskPath '\' -ErrorAction Stop
@{ state = [string]$task.State }
"""

# {task_name, log_directory, log_lines} -> {exists, state, last_result, last_run_utc, log_tail}
# The set-up may be writing the log while it is read. At most 1,500 characters, since Run Command cuts long answers.
GET_SETUP_TASK = r"""param($p)
$answer = @{ exists = $false; state = $null; last_result = $null; last_run_utc = $null; log_tail = $null }
$registered = Get-ScheduledTask -TaskName $p.task_name -TaskPath '\' -ErrorAction SilentlyContinue
if ($registered) {
    $info = Get-ScheduledTaskInfo -TaskName $p.task_name -TaskPath '\' -ErrorAction Stop
    $answer.exists = $true
    $answer.state = [string]$registered.State
    $answer.last_result = [int64]$info.LastTaskResult
    if ($info.LastRunTime -and $info.LastRunTime.Year -gt 2000) {
        $answer.last_run_utc = $info.LastRunTime.ToUniversalTime().ToString('o')
    }
}
$logs = @()
if ([IO.Directory]::Exists($p.log_directory)) {
    $logs = @(Get-ChildItem -LiteralPath $p.log_directory -File | Sort-Object -Property LastWriteTimeUtc -Descending)
}
if ($logs.Count -gt 0) {
    $sharing = [IO.FileShare]::ReadWrite -bor [IO.FileShare]::Delete
    $stream = New-Object -TypeName IO.FileStream -ArgumentList $logs[0].FullName, ([IO.FileMode]::Open), ([IO.FileAccess]::Read), $sharing
    try {
        $reader = New-Object -TypeName IO.StreamReader -ArgumentList $stream
        $text = $reader.ReadToEnd()
    } finally {
        $stream.Dispose()
    }
    $lines = @($text -split '\r?\n' | Where-Object { $_.Trim() } | Select-Object -Last $p.log_lines)
    $tail = $lines -join "`n"
    $answer.log_tail = $tail.Substring([Math]::Max(0, $tail.Length - 1500))
}
$answer
"""

# {task_name, paths: [path]} -> {task_removed, removed: [path]}
REMOVE_SETUP_FILES = r"""param($p)
$taskRemoved = $false
if (Get-ScheduledTask -TaskName $p.task_name -TaskPath '\' -ErrorAction SilentlyContinue) {
    $null = Unregister-ScheduledTask -TaskName $p.task_name -TaskPath '\' -Confirm:$false -ErrorAction Stop
    $taskRemoved = $true
}
$removed = @(foreach ($path in @($p.paths)) {
    if (Test-Path -LiteralPath $path) {
        $null = Remove-Item -LiteralPath $path -Recurse -Force -ErrorAction Stop
        [string]$path
    }
})
@{ task_removed = $taskRemoved; removed = $removed }
"""
