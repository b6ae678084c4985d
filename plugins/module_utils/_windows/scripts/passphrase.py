# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The question whether a passphrase is the configuration server's. Private to this collection."""

from __future__ import annotations

# {passphrase} -> {equal}, on the configuration server.
# The documented way to see the passphrase, from its documented place and with no other switch, which might make a new one
# (site-recovery-vmware-register-process-server). What it prints is compared here and goes nowhere else, not into an error.
# Whether it prints more than the passphrase is not documented: a line that is the passphrase is enough (our inference).
COMPARE_PASSPHRASE = r"""param($p)
$directory = [IO.Path]::Combine($env:ProgramData, 'ASR', 'home', 'svsystems', 'bin')
$program = [IO.Path]::Combine($directory, 'genpassphrase.exe')
if (-not [IO.File]::Exists($program)) { throw ('{0} is not there: this is no configuration server' -f $program) }
Set-Location -LiteralPath $directory
$printed = & $program '-n'
$code = $LASTEXITCODE
if ($code -ne 0) { throw ('genpassphrase.exe ended with exit code {0}' -f $code) }
@{ equal = (@(foreach ($line in @($printed)) { ([string]$line).Trim() }) -ccontains $p.passphrase) }
"""
