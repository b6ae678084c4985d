# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration server's own tool that forgets a process server. Private to this collection."""

from __future__ import annotations

# {ip_address, expected, answer, quiet_seconds, limit_seconds} -> {output, errors, exit_code, answered}, on the configuration server.
# The documented command (site-recovery-vmware-unregister-process-server). It is read until it ends, or until it said something
# and then nothing more for `quiet_seconds`: then it waits. With an `answer`, it is answered once if it said `expected` to the
# letter, and read on. A tool that still waits in the end, or is not through after `limit_seconds`, is ended, and `exit_code` is
# null. Its input is never closed before that, since nobody knows what it takes an empty answer for.
#
# Perl keeps what it prints to a pipe to itself until it ends; PERL5OPT has it hand over everything at once (our inference: the
# tool prints with Perl's own means). Both outputs are read at the same time, so that neither can fill up and stop the tool.
RUN_UNREGISTER_TOOL = r"""param($p)
$directory = [IO.Path]::Combine($env:ProgramData, 'ASR', 'home', 'svsystems', 'bin')
$tool = [IO.Path]::Combine($directory, 'Unregister-ASRComponent.pl')
if (-not [IO.File]::Exists($tool)) { throw ('{0} is not there: this is no configuration server' -f $tool) }
$start = New-Object -TypeName Diagnostics.ProcessStartInfo
$start.FileName = 'perl'
$start.Arguments = 'Unregister-ASRComponent.pl -IPAddress {0} -Component PS' -f $p.ip_address
$start.WorkingDirectory = $directory
$start.UseShellExecute = $false
$start.CreateNoWindow = $true
$start.RedirectStandardInput = $true
$start.RedirectStandardOutput = $true
$start.RedirectStandardError = $true
$start.EnvironmentVariables['PERL5OPT'] = '-Mvars;$|=1'
$process = [Diagnostics.Process]::Start($start)
$output = New-Object -TypeName Text.StringBuilder
$errors = $null
$code = $null
$answered = $false
try {
    $saying = $process.StandardError.ReadToEndAsync()
    $buffer = New-Object -TypeName 'char[]' -ArgumentList 4096
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $reading = $process.StandardOutput.ReadAsync($buffer, 0, $buffer.Length)
    while ($clock.Elapsed.TotalSeconds -lt [double]$p.limit_seconds) {
        if ($reading.Wait([int]([double]$p.quiet_seconds * 1000))) {
            if ($reading.Result -eq 0) { break }
            $null = $output.Append($buffer, 0, $reading.Result)
            $reading = $process.StandardOutput.ReadAsync($buffer, 0, $buffer.Length)
        } elseif ($output.Length -gt 0) {
            if ($answered -or $null -eq $p.answer -or $output.ToString() -cne $p.expected) { break }
            $null = $process.StandardInput.WriteLine([string]$p.answer)
            $null = $process.StandardInput.Flush()
            $answered = $true
        }
    }
    if ($reading.IsCompleted -and $reading.Result -eq 0 -and $process.WaitForExit(5000)) { $code = [int]$process.ExitCode }
} finally {
    if (-not $process.HasExited) {
        try { $null = $process.Kill() } catch { $code = $null }  # it may end at this very moment
    }
    if ($saying -and $saying.Wait(5000)) { $errors = $saying.Result }
    $process.Dispose()
}
@{ output = $output.ToString(); errors = $errors; exit_code = $code; answered = $answered }
"""
