# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps and probes on single files. Private to this collection."""

from __future__ import annotations

# What a new directory or a secret file allows: full control for Administrators and SYSTEM, by their identifiers, since
# their names are translated on some servers ("Well-known SIDs", learn.microsoft.com), and nothing inherited.

# {path} -> {exists, size_bytes, sha256}
GET_FILE_HASH = r"""param($p)
$file = New-Object -TypeName IO.FileInfo -ArgumentList $p.path
if (-not $file.Exists) {
    @{ exists = $false; size_bytes = $null; sha256 = $null }
} else {
    $hash = Get-FileHash -LiteralPath $p.path -Algorithm SHA256 -ErrorAction Stop
    @{ exists = $true; size_bytes = $file.Length; sha256 = $hash.Hash.ToLowerInvariant() }
}
"""

# {url, path} -> {size_bytes}
# A cut download leaves only the file with ".partial" behind its name; a new directory is closed to everybody else, so
# that nobody changes the file between its check and its use.
DOWNLOAD_FILE = r"""param($p)
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
$directory = [IO.Path]::GetDirectoryName($p.path)
if (-not [IO.Directory]::Exists($directory)) {
    $null = [IO.Directory]::CreateDirectory($directory)
    $null = & icacls.exe $directory '/inheritance:r' '/grant:r' '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F' '/Q'
    if ($LASTEXITCODE -ne 0) { throw ('icacls.exe ended with exit code {0} on {1}' -f $LASTEXITCODE, $directory) }
}
$partial = $p.path + '.partial'
$null = Invoke-WebRequest -Uri $p.url -OutFile $partial -UseBasicParsing
[IO.File]::Delete($p.path)
[IO.File]::Move($partial, $p.path)
$file = New-Object -TypeName IO.FileInfo -ArgumentList $p.path
@{ size_bytes = $file.Length }
"""

# {path, text} -> {path}
# The file is closed to everybody else while it is still empty. A file of that name goes first: it may carry entries of
# its own, which cutting the inheritance would leave in place. No byte order mark, no line end: the text and no more.
WRITE_SECRET_FILE = r"""param($p)
$directory = [IO.Path]::GetDirectoryName($p.path)
if (-not [IO.Directory]::Exists($directory)) {
    $null = [IO.Directory]::CreateDirectory($directory)
    $null = & icacls.exe $directory '/inheritance:r' '/grant:r' '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F' '/Q'
    if ($LASTEXITCODE -ne 0) { throw ('icacls.exe ended with exit code {0} on {1}' -f $LASTEXITCODE, $directory) }
}
[IO.File]::Delete($p.path)
[IO.File]::Create($p.path).Dispose()
$null = & icacls.exe $p.path '/inheritance:r' '/grant:r' '*S-1-5-32-544:F' '*S-1-5-18:F' '/Q'
if ($LASTEXITCODE -ne 0) { throw ('icacls.exe ended with exit code {0} on {1}' -f $LASTEXITCODE, $p.path) }
[IO.File]::WriteAllText($p.path, $p.text, (New-Object -TypeName Text.UTF8Encoding -ArgumentList $false))
@{ path = $p.path }
"""
