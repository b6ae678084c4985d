# What only Windows has, for PowerShell 7 on any system: each function has the name and the parameters of the command it
# stands for, and reads and changes the state of one server in the JSON file named by STAND_INS_STATE. What is not here runs
# for real: files, processes, sockets, hashes. An unknown parameter is an error, as it is with the real command.

$global:StandIns = ConvertFrom-Json -AsHashtable -InputObject ([IO.File]::ReadAllText($env:STAND_INS_STATE))

# Windows PowerShell never makes an error of a program's exit code.
$global:PSNativeCommandUseErrorActionPreference = $false

function Save-StandIns {
    [IO.File]::WriteAllText($env:STAND_INS_STATE, (ConvertTo-Json -InputObject $global:StandIns -Depth 20))
}

function New-StandInError {
    param([string]$Message, [string]$Id, [Exception]$Exception)
    if (-not $Exception) { $Exception = [InvalidOperationException]::new($Message) }
    [Management.Automation.ErrorRecord]::new($Exception, $Id, [Management.Automation.ErrorCategory]::NotSpecified, $null)
}

# ConvertFrom-Json makes dates of what looks like one.
function ConvertTo-StandInTime {
    param($Value)
    if ($Value -is [DateTime]) { return $Value.ToUniversalTime() }
    return [DateTimeOffset]::Parse([string]$Value, [Globalization.CultureInfo]::InvariantCulture).UtcDateTime
}

function Get-Date {
    [CmdletBinding()] param()
    ConvertTo-StandInTime $global:StandIns.now
}

# --- CIM, registry -------------------------------------------------------------------------------------------------------

function Get-CimInstance {
    [CmdletBinding()] param([Parameter(Mandatory)][string]$ClassName)
    switch ($ClassName) {
        'Win32_OperatingSystem' {
            [pscustomobject]@{ CSName = $global:StandIns.host.computer_name; Version = $global:StandIns.host.os_version }
        }
        'Win32_Service' {
            foreach ($service in $global:StandIns.host.services) {
                [pscustomobject]@{
                    Name = $service.name
                    State = $service.status -creplace '(?<=[a-z])(?=[A-Z])', ' '
                    StartMode = $(if ($service.start_type -eq 'Automatic') { 'Auto' } else { $service.start_type })
                }
            }
        }
        default { $PSCmdlet.WriteError((New-StandInError "Invalid class $ClassName" 'HRESULT 0x80041010')) }
    }
}

function Get-ItemProperty {
    [CmdletBinding()] param([string]$Path, [string]$LiteralPath)
    $wanted = $(if ($LiteralPath) { $LiteralPath } else { $Path })
    if ($wanted -notlike 'HKLM:\*') { return Microsoft.PowerShell.Management\Get-ItemProperty @PSBoundParameters }
    if ($Path -eq 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\*') {
        # A key without a display name, of which every server has some.
        return [pscustomobject]@{ SystemComponent = 1 }
    }
    if ($Path -eq 'HKLM:\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall\*') {
        foreach ($program in $global:StandIns.host.programs) {
            $found = [ordered]@{ DisplayName = $program.name }
            if ($null -ne $program.version) { $found.DisplayVersion = $program.version }
            if ($null -ne $program.uninstall_string) { $found.UninstallString = $program.uninstall_string }
            [pscustomobject]$found
        }
        return
    }
    foreach ($name in @($global:StandIns.host.registry.Keys)) {
        if ($name -eq $wanted) {
            $values = $global:StandIns.host.registry[$name]
            $found = [ordered]@{}
            foreach ($value in @($values.Keys)) { $found[$value] = $values[$value] }
            return [pscustomobject]$found
        }
    }
    $PSCmdlet.WriteError((New-StandInError "Cannot find path '$wanted' because it does not exist." 'PathNotFound'))
}

# --- disks ---------------------------------------------------------------------------------------------------------------

function Find-StandInDisk {
    param($Number)
    foreach ($disk in $global:StandIns.host.disks) { if ([int]$disk.number -eq [int]$Number) { return $disk } }
}

function ConvertTo-StandInLetter {
    param($Letter)
    if ($Letter) { return [char]$Letter }
    return [char]0
}

function Get-Disk {
    [CmdletBinding()] param([Nullable[uint32]]$Number)
    $found = @($global:StandIns.host.disks | Where-Object { $null -eq $Number -or [uint32]$_.number -eq $Number })
    if ($null -ne $Number -and $found.Count -eq 0) {
        $text = "No MSFT_Disk objects found with property 'Number' equal to '$Number'. Verify the value of the property and retry."
        $PSCmdlet.WriteError((New-StandInError $text 'CmdletizationQuery_NotFound_Number'))
    }
    foreach ($disk in $found) {
        [pscustomobject]@{
            Number = [uint32]$disk.number
            Size = [uint64]$disk.size_bytes
            PartitionStyle = $disk.partition_style
            IsBoot = [bool]$disk.is_boot
            IsOffline = [bool]$disk.is_offline
            IsReadOnly = [bool]$disk.is_read_only
        }
    }
}

function Set-Disk {
    [CmdletBinding()] param([Parameter(Mandatory)][uint32]$Number, [Nullable[bool]]$IsOffline, [Nullable[bool]]$IsReadOnly)
    $disk = Find-StandInDisk $Number
    if ($null -ne $IsOffline) { $disk.is_offline = $IsOffline }
    if ($null -ne $IsReadOnly) { $disk.is_read_only = $IsReadOnly }
    Save-StandIns
}

function Initialize-Disk {
    [CmdletBinding()] param([Parameter(Mandatory)][uint32]$Number, [string]$PartitionStyle)
    $disk = Find-StandInDisk $Number
    if ($disk.is_offline -or $disk.is_read_only) {
        $PSCmdlet.WriteError((New-StandInError 'The disk is offline or read only.' 'StorageWMI 41002'))
    } elseif ($disk.partition_style -ne 'RAW') {
        $PSCmdlet.WriteError((New-StandInError 'The disk has already been initialized.' 'StorageWMI 41002'))
    } else {
        $disk.partition_style = $PartitionStyle
        Save-StandIns
    }
}

# The first partition of a GPT disk is the reserved one; each volume stands in the next.
function New-StandInPartition {
    param($Disk, [int]$Index)
    $basic = $Disk.partition_style -eq 'GPT'
    [pscustomobject]@{
        DiskNumber = [uint32]$Disk.number
        PartitionNumber = [uint32]($Index + 2)
        DriveLetter = ConvertTo-StandInLetter ($Disk.volumes[$Index].drive_letter)
        GptType = $(if ($basic) { '{ebd0a0a2-b9e5-4433-87c0-68b6b72699c7}' } else { $null })
        Size = [uint64]$Disk.volumes[$Index].size_bytes
    }
}

function Get-Partition {
    [CmdletBinding()] param([Parameter(Mandatory)][uint32]$DiskNumber)
    $disk = Find-StandInDisk $DiskNumber
    if ($disk.partition_style -eq 'RAW') {
        $text = "No MSFT_Partition objects found with property 'DiskNumber' equal to '$DiskNumber'."
        return $PSCmdlet.WriteError((New-StandInError $text 'CmdletizationQuery_NotFound_DiskNumber'))
    }
    if ($disk.partition_style -eq 'GPT') {
        $reserved = '{e3c9e316-0b5c-4db8-817d-f92df00215ae}'
        [pscustomobject]@{
            DiskNumber = $DiskNumber; PartitionNumber = [uint32]1; DriveLetter = [char]0; GptType = $reserved; Size = [uint64]16777216
        }
    }
    for ($index = 0; $index -lt @($disk.volumes).Count; $index++) { New-StandInPartition $disk $index }
}

function New-Partition {
    [CmdletBinding()] param([Parameter(Mandatory)][uint32]$DiskNumber, [switch]$UseMaximumSize)
    $disk = Find-StandInDisk $DiskNumber
    if ($disk.partition_style -ne 'GPT' -or -not $UseMaximumSize) {
        return $PSCmdlet.WriteError((New-StandInError 'Not enough available capacity' 'StorageWMI 40000'))
    }
    $size = [int64]$disk.size_bytes - 17825792
    $disk.volumes = @($disk.volumes) + @(@{ drive_letter = $null; label = ''; file_system = ''; size_bytes = $size; free_bytes = $size })
    Save-StandIns
    New-StandInPartition $disk (@($disk.volumes).Count - 1)
}

function Set-Partition {
    [CmdletBinding()]
    param([Parameter(Mandatory)][uint32]$DiskNumber, [Parameter(Mandatory)][uint32]$PartitionNumber, [char]$NewDriveLetter)
    $letter = ([string]$NewDriveLetter).ToUpperInvariant()
    foreach ($other in $global:StandIns.host.disks) {
        foreach ($volume in @($other.volumes)) {
            if ($volume.drive_letter -eq $letter) {
                return $PSCmdlet.WriteError((New-StandInError 'The requested access path is already in use.' 'StorageWMI 42002'))
            }
        }
    }
    $disk = Find-StandInDisk $DiskNumber
    $index = [int]$PartitionNumber - 2
    $disk.volumes[$index].drive_letter = $letter
    Save-StandIns
}

function New-StandInVolume {
    param($Volume)
    [pscustomobject]@{
        DriveLetter = ConvertTo-StandInLetter ($Volume.drive_letter)
        FileSystemLabel = $Volume.label
        FileSystem = $Volume.file_system
        Size = [uint64]$Volume.size_bytes
        SizeRemaining = [uint64]$Volume.free_bytes
    }
}

function Get-Volume {
    [CmdletBinding()] param([Nullable[char]]$DriveLetter, $Partition)
    if ($Partition) {
        $disk = Find-StandInDisk $Partition.DiskNumber
        $index = [int]$Partition.PartitionNumber - 2
        return New-StandInVolume ($disk.volumes[$index])
    }
    $found = @(foreach ($disk in $global:StandIns.host.disks) {
        foreach ($volume in @($disk.volumes)) {
            if ($null -eq $DriveLetter -or $volume.drive_letter -eq [string]$DriveLetter) { New-StandInVolume $volume }
        }
    })
    if ($null -ne $DriveLetter -and $found.Count -eq 0) {
        $text = "No MSFT_Volume objects found with property 'DriveLetter' equal to '$DriveLetter'."
        $PSCmdlet.WriteError((New-StandInError $text 'CmdletizationQuery_NotFound_DriveLetter'))
    }
    $found
}

function Format-Volume {
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    param([Parameter(Mandatory)]$Partition, [string]$FileSystem, [string]$NewFileSystemLabel)
    if ($PSCmdlet.ShouldProcess('the volume')) {
        $disk = Find-StandInDisk $Partition.DiskNumber
        $index = [int]$Partition.PartitionNumber - 2
        $volume = $disk.volumes[$index]
        $volume.file_system = $FileSystem
        $volume.label = $NewFileSystemLabel
        Save-StandIns
        New-StandInVolume $volume
    }
}

# --- services ------------------------------------------------------------------------------------------------------------

function Find-StandInService {
    param($Name)
    foreach ($service in $global:StandIns.host.services) { if ($service.name -eq $Name) { return $service } }
}

function Get-Service {
    [CmdletBinding()] param([Parameter(Mandatory)][string]$Name)
    $service = Find-StandInService $Name
    if (-not $service) {
        $text = "Cannot find any service with service name '$Name'."
        return $PSCmdlet.WriteError((New-StandInError $text 'NoServiceFoundForGivenName'))
    }
    [pscustomobject]@{ Name = $service.name; Status = $service.status }
}

function Start-Service {
    [CmdletBinding()] param([Parameter(Mandatory)][string]$Name)
    $service = Find-StandInService $Name
    if (-not $service) {
        $text = "Cannot find any service with service name '$Name'."
        return $PSCmdlet.WriteError((New-StandInError $text 'NoServiceFoundForGivenName'))
    }
    if ($service.status -eq 'Running') { return }
    $cause = $service.fails_with
    if (-not $cause -and $service.start_type -eq 'Disabled') { $cause = "Cannot start service $($service.name) on computer '.'." }
    if ($cause) {
        $text = "Service '$($service.name) ($($service.name))' cannot be started due to the following error: $cause"
        return $PSCmdlet.WriteError((New-StandInError $text 'StartServiceFailed'))
    }
    Write-Warning "Waiting for service '$($service.name) ($($service.name))' to start..."
    $service.status = 'Running'
    Save-StandIns
}

function Set-Service {
    [CmdletBinding()] param([Parameter(Mandatory)][string]$Name, [string]$StartupType)
    (Find-StandInService $Name).start_type = $StartupType
    Save-StandIns
}

# --- scheduled tasks -----------------------------------------------------------------------------------------------------

function Find-StandInTask {
    param($TaskName, $TaskPath)
    if ($TaskPath -ne '\') { return }
    foreach ($task in $global:StandIns.host.tasks) { if ($task.name -eq $TaskName) { return $task } }
}

function New-ScheduledTaskAction {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$Execute, [string]$Argument, [string]$WorkingDirectory)
    [pscustomobject]@{ Execute = $Execute; Arguments = $Argument; WorkingDirectory = $WorkingDirectory }
}

function New-ScheduledTaskSettingsSet {
    [CmdletBinding()] param([TimeSpan]$ExecutionTimeLimit, [int]$Priority)
    [pscustomobject]@{ ExecutionTimeLimit = $ExecutionTimeLimit; Priority = $Priority }
}

function Register-ScheduledTask {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)][string]$TaskName, [string]$TaskPath = '\', [Parameter(Mandatory)]$Action, $Settings,
        [string]$User, [string]$Password, [ValidateSet('Limited', 'Highest')][string]$RunLevel, [switch]$Force
    )
    $account = @($User -split '\\')
    $local = $account.Count -eq 1 -or @('.', $global:StandIns.host.computer_name) -contains $account[0]
    $name = @($global:StandIns.host.accounts.Keys | Where-Object { $_ -eq $account[-1] })
    if (-not $local -or $name.Count -eq 0) {
        $text = 'No mapping between account names and security IDs was done.'
        return $PSCmdlet.WriteError((New-StandInError $text 'HRESULT 0x80070534'))
    }
    if ($global:StandIns.host.accounts[$name[0]] -cne $Password) {
        return $PSCmdlet.WriteError((New-StandInError 'The user name or password is incorrect.' 'HRESULT 0x8007052e'))
    }
    if ((Find-StandInTask $TaskName $TaskPath) -and -not $Force) {
        return $PSCmdlet.WriteError((New-StandInError 'Cannot create a file when that file already exists.' 'HRESULT 0x800700b7'))
    }
    $task = @{
        name = $TaskName; program = $Action.Execute; arguments = $Action.Arguments; working_directory = $Action.WorkingDirectory
        user = $User; state = 'Ready'; last_result = 267011; last_run_utc = $null
    }
    $global:StandIns.host.tasks = @($global:StandIns.host.tasks | Where-Object { $_.name -ne $TaskName }) + @($task)
    Save-StandIns
    [pscustomobject]@{ TaskName = $TaskName; State = 'Ready' }
}

function Start-ScheduledTask {
    [CmdletBinding()] param([Parameter(Mandatory)][string]$TaskName, [string]$TaskPath = '\')
    $task = Find-StandInTask $TaskName $TaskPath
    if (-not $task) {
        return $PSCmdlet.WriteError((New-StandInError 'The system cannot find the file specified.' 'HRESULT 0x80070002'))
    }
    $now = ConvertTo-StandInTime $global:StandIns.now
    $task.last_run_utc = $now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", [Globalization.CultureInfo]::InvariantCulture)
    $program = $global:StandIns.programs[$task.program]
    if ($null -eq $program -or -not [IO.File]::Exists($task.program)) {
        $task.last_result = [int64]2147942402
    } elseif ($null -eq $program.exit_code) {
        $task.state = 'Running'
        $task.last_result = 267009
    } else {
        $null = Microsoft.PowerShell.Management\Start-Process -FilePath $task.program -Wait -PassThru
        $task.last_result = [int64]$program.exit_code -band [int64][uint32]::MaxValue
    }
    Save-StandIns
}

function Get-ScheduledTask {
    [CmdletBinding()] param([Parameter(Mandatory)][string]$TaskName, [string]$TaskPath)
    $task = Find-StandInTask $TaskName $TaskPath
    if (-not $task) {
        $text = "No MSFT_ScheduledTask objects found with property 'TaskName' equal to '$TaskName'."
        return $PSCmdlet.WriteError((New-StandInError $text 'CmdletizationQuery_NotFound_TaskName'))
    }
    [pscustomobject]@{ TaskName = $task.name; TaskPath = '\'; State = $task.state }
}

function Get-ScheduledTaskInfo {
    [CmdletBinding()] param([Parameter(Mandatory)][string]$TaskName, [string]$TaskPath)
    $task = Find-StandInTask $TaskName $TaskPath
    # Newer servers say 1999 of a task that never ran; the time is the server's own.
    $last = [DateTime]::new(1999, 11, 30)
    if ($task.last_run_utc) { $last = (ConvertTo-StandInTime $task.last_run_utc).ToLocalTime() }
    [pscustomobject]@{ LastTaskResult = [uint32]$task.last_result; LastRunTime = $last }
}

function Unregister-ScheduledTask {
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    param([Parameter(Mandatory)][string]$TaskName, [string]$TaskPath)
    if ($PSCmdlet.ShouldProcess($TaskName)) {
        $global:StandIns.host.tasks = @($global:StandIns.host.tasks | Where-Object { $_.name -ne $TaskName })
        Save-StandIns
    }
}

# --- certificates, WinRM, firewall ---------------------------------------------------------------------------------------

function New-StandInCertificate {
    param($Certificate)
    [pscustomobject]@{
        Subject = $Certificate.subject
        Thumbprint = $Certificate.thumbprint
        RawData = [Convert]::FromBase64String($Certificate.base64)
    }
}

function Get-ChildItem {
    [CmdletBinding()] param([string]$Path, [string]$LiteralPath, [switch]$File)
    if ($Path -eq 'Cert:\LocalMachine\My') {
        foreach ($certificate in $global:StandIns.host.certificates) { New-StandInCertificate $certificate }
        return
    }
    Microsoft.PowerShell.Management\Get-ChildItem @PSBoundParameters
}

function New-SelfSignedCertificate {
    [CmdletBinding()] param([Parameter(Mandatory)][string[]]$DnsName, [Parameter(Mandatory)][string]$CertStoreLocation)
    if ($CertStoreLocation -ne 'Cert:\LocalMachine\My') {
        return $PSCmdlet.WriteError((New-StandInError "No such store: $CertStoreLocation" 'StoreNotFound'))
    }
    $raw = [Convert]::FromBase64String($global:StandIns.new_certificate)
    $certificate = @{
        subject = 'CN=' + $DnsName[0]
        base64 = $global:StandIns.new_certificate
        thumbprint = [Convert]::ToHexString([Security.Cryptography.SHA1]::HashData($raw))
        sha256 = [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($raw)).ToLowerInvariant()
    }
    $global:StandIns.host.certificates = @($global:StandIns.host.certificates) + @($certificate)
    Save-StandIns
    New-StandInCertificate $certificate
}

function Test-StandInListenerUri {
    param($ResourceURI)
    if ($ResourceURI -ne 'winrm/config/listener') { throw "The WS-Management service cannot process $ResourceURI." }
    if ((Find-StandInService 'WinRM').status -ne 'Running') { throw 'The client cannot connect to the destination specified in the request.' }
}

function Get-WSManInstance {
    [CmdletBinding()] param([Parameter(Mandatory)][string]$ResourceURI, [switch]$Enumerate)
    Test-StandInListenerUri $ResourceURI
    if (-not $Enumerate) { throw 'Without selectors only an enumeration is possible.' }
    foreach ($listener in $global:StandIns.host.listeners) {
        $xml = [xml]'<Listener><Address>*</Address><Transport/><Port/><Enabled>true</Enabled><CertificateThumbprint/></Listener>'
        $xml.Listener['Transport'].InnerText = $listener.transport
        $xml.Listener['Port'].InnerText = [string]$listener.port
        $xml.Listener['CertificateThumbprint'].InnerText = [string]$listener.thumbprint
        $xml.DocumentElement
    }
}

function New-WSManInstance {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$ResourceURI, [Parameter(Mandatory)][hashtable]$SelectorSet, [hashtable]$ValueSet)
    Test-StandInListenerUri $ResourceURI
    $certificate = @($global:StandIns.host.certificates | Where-Object { $_.thumbprint -eq $ValueSet.CertificateThumbprint })
    if ($SelectorSet.Address -ne '*' -or $SelectorSet.Transport -ne 'HTTPS' -or $certificate.Count -ne 1) {
        throw 'A listener needs an address, a transport and a certificate of the store.'
    }
    if (@($global:StandIns.host.listeners | Where-Object { $_.transport -eq 'HTTPS' }).Count -gt 0) {
        throw 'The WS-Management service cannot create the resource because it already exists.'
    }
    $listener = @{ transport = 'HTTPS'; port = 5986; thumbprint = $certificate[0].thumbprint; sha256 = $certificate[0].sha256 }
    $global:StandIns.host.listeners = @($global:StandIns.host.listeners) + @($listener)
    Save-StandIns
    ([xml]'<ResourceCreated/>').DocumentElement
}

function Remove-WSManInstance {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$ResourceURI, [Parameter(Mandatory)][hashtable]$SelectorSet)
    Test-StandInListenerUri $ResourceURI
    if ($SelectorSet.Address -ne '*') { throw 'The WS-Management service cannot find the resource.' }
    $global:StandIns.host.listeners = @($global:StandIns.host.listeners | Where-Object { $_.transport -ne $SelectorSet.Transport })
    Save-StandIns
}

function Get-NetFirewallRule {
    [CmdletBinding()] param([Parameter(Mandatory)][string]$Name)
    $found = @($global:StandIns.host.firewall_rules | Where-Object { $_.name -eq $Name })
    if ($found.Count -eq 0) {
        $text = "No MSFT_NetFirewallRule objects found with property 'InstanceID' equal to '$Name'."
        return $PSCmdlet.WriteError((New-StandInError $text 'CmdletizationQuery_NotFound_InstanceID'))
    }
    [pscustomobject]@{ Name = $found[0].name; DisplayName = $found[0].display_name }
}

function New-NetFirewallRule {
    [CmdletBinding()]
    param(
        [string]$Name, [Parameter(Mandatory)][string]$DisplayName, [ValidateSet('Inbound', 'Outbound')][string]$Direction,
        [ValidateSet('Allow', 'Block')][string]$Action, [string]$Protocol, [string[]]$LocalPort
    )
    $rule = @{
        name = $Name; display_name = $DisplayName; direction = $Direction; action = $Action; protocol = $Protocol
        local_port = $LocalPort -join ','
    }
    $global:StandIns.host.firewall_rules = @($global:StandIns.host.firewall_rules) + @($rule)
    Save-StandIns
    [pscustomobject]@{ Name = $Name; DisplayName = $DisplayName }
}

# --- the web, programs ---------------------------------------------------------------------------------------------------

function Invoke-WebRequest {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$Uri, [Parameter(Mandatory)][string]$OutFile, [switch]$UseBasicParsing)
    $page = $global:StandIns.web[$Uri]
    $text = $null
    if ($null -eq $page) {
        $text = "The remote name could not be resolved: '$(([Uri]$Uri).Host)'"
    } elseif ($page.ContainsKey('reason')) {
        $text = $page.reason
        if ($page.status) { $text = "The remote server returned an error: ($($page.status)) $($page.reason)." }
        if ($page.received) { [IO.File]::WriteAllText($OutFile, $page.received) }
    }
    if ($text) {
        $PSCmdlet.ThrowTerminatingError((New-StandInError $text 'WebCmdletWebResponseException' ([Net.WebException]::new($text))))
    }
    [IO.File]::WriteAllBytes($OutFile, [Convert]::FromBase64String($page.base64))
}

# The program runs for real; its exit code is the stated one, since other systems have room for eight bits only.
function Start-Process {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$FilePath, [string]$ArgumentList, [switch]$Wait, [switch]$PassThru)
    $process = Microsoft.PowerShell.Management\Start-Process -FilePath $FilePath -ArgumentList $ArgumentList -Wait:$Wait -PassThru
    if ($PassThru) {
        $program = $global:StandIns.programs[$FilePath]
        [pscustomobject]@{ ExitCode = $(if ($null -ne $program.exit_code) { $program.exit_code } else { $process.ExitCode }) }
    }
}

# icacls <path> /inheritance:r /grant:r <who:right> ... /Q
function icacls.exe {
    $path, $rest = $args
    $global:LASTEXITCODE = 0
    if (-not ([IO.File]::Exists($path) -or [IO.Directory]::Exists($path))) {
        $global:LASTEXITCODE = 2
        return "${path}: The system cannot find the file specified."
    }
    if ($rest -notcontains '/inheritance:r' -or $rest -notcontains '/grant:r') {
        $global:LASTEXITCODE = 87
        return 'Invalid parameter'
    }
    # What is granted on a file that has text in it was granted too late.
    $granted = @($rest | Where-Object { $_ -match '^\*S-1-[-0-9]+:' } | ForEach-Object { $_.TrimStart('*') })
    $late = [IO.File]::Exists($path) -and (New-Object -TypeName IO.FileInfo -ArgumentList $path).Length -gt 0
    $global:StandIns.acls[$path] = @{ granted = $granted; late = $late }
    Save-StandIns
    "processed file: $path"
}
