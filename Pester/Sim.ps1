# A simulated cloud for one test file: the program entra-sim as a child process, an empty home folder, the module.
# Dot-source it in BeforeAll and call Start-Sim; call Stop-Sim in AfterAll.
$ErrorActionPreference = 'Stop'
$script:Root = [IO.Path]::GetFullPath([IO.Path]::Combine($PSScriptRoot, '..'))
$script:Manifest = [IO.Path]::Combine($script:Root, 'powershell', 'ConnectEntra', 'ConnectEntra.psd1')
$script:PowerShell = [Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
$script:Stored = @()

function Find-SimProgram {
    if ($env:ENTRA_SIM) { return $env:ENTRA_SIM }
    $target = if ($env:CARGO_TARGET_DIR) { $env:CARGO_TARGET_DIR } else { [IO.Path]::Combine($script:Root, 'target') }
    $name = if ([Environment]::OSVersion.Platform -eq 'Win32NT') { 'entra-sim.exe' } else { 'entra-sim' }
    $program = [IO.Path]::Combine($target, 'debug', $name)
    if (-not [IO.File]::Exists($program)) { throw "There is no simulator at '$program': run cargo build -p entra-sim, or set ENTRA_SIM." }
    $program
}

# The program's own line, with what the tests need beside it.
function New-SimProcess {
    param([string[]] $Argument = @())
    $start = [Diagnostics.ProcessStartInfo]::new((Find-SimProgram), ($Argument -join ' '))
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.StandardOutputEncoding = [Text.Encoding]::UTF8
    $process = [Diagnostics.Process]::Start($start)
    $world = $process.StandardOutput.ReadLine() | ConvertFrom-Json
    $world | Add-Member -NotePropertyName Process -NotePropertyValue $process
    $world
}

# Nothing of the person who runs the tests is read or written: home folders, proxies and sign-in variables are ours.
function Enter-CleanEnvironment {
    $home1 = [IO.Path]::Combine([IO.Path]::GetTempPath(), "connect-entra-$([guid]::NewGuid().ToString('N'))")
    $null = [IO.Directory]::CreateDirectory($home1)
    $script:Before = @{}
    $clean = @{ NO_PROXY = 'localhost,127.0.0.1' }
    foreach ($name in 'HOME', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA') { $clean[$name] = $home1 }
    # Under Wine these are for the system around it.
    if (-not (Test-Wine)) { foreach ($name in 'CONFIG_HOME', 'CACHE_HOME', 'DATA_HOME', 'STATE_HOME', 'RUNTIME_DIR') { $clean["XDG_$name"] = $home1 } }
    foreach ($name in 'HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'https_proxy', 'http_proxy', 'all_proxy', 'no_proxy', 'SSL_CERT_DIR', 'SSL_CERT_FILE', 'DBUS_SESSION_BUS_ADDRESS', 'DISPLAY', 'BROWSER') { $clean[$name] = $null }
    foreach ($name in [Environment]::GetEnvironmentVariables().Keys) { if ($name -match '^(AZURE|AZURESUBSCRIPTION|IDENTITY|MSI|IMDS|ACTIONS|SYSTEM)_|^(GITHUB_ACTIONS|TF_BUILD|DEFAULT_IDENTITY_CLIENT_ID)$') { $clean[$name] = $null } }
    foreach ($name in $clean.Keys) {
        $script:Before[$name] = [Environment]::GetEnvironmentVariable($name)
        [Environment]::SetEnvironmentVariable($name, $clean[$name])
    }
    $home1
}

function Start-Sim {
    param([string[]] $Argument = @())
    $folder = Enter-CleanEnvironment
    $script:Sim = New-SimProcess $Argument
    $script:Sim | Add-Member -NotePropertyName Home -NotePropertyValue $folder
    $env:SSL_CERT_FILE = $script:Sim.ca
    Import-Module $script:Manifest -Global
    if (Test-Wine) { & ([IO.Path]::Combine($PSScriptRoot, 'Wine.ps1')) $script:Sim.dir }
    $null = Add-EntraEnvironment -Name Sim -AzureADEndpoint $script:Sim.login -GraphEndpoint $script:Sim.graph
    $script:Sim
}

function Stop-Sim {
    if (-not $script:Sim) { return }
    $script:Sim.Process.StandardInput.Close()
    if (-not $script:Sim.Process.WaitForExit(5000)) { $script:Sim.Process.Kill() }
    # Also the key of a sealed file, which the home folder's end would leave in the kernel.
    if (Get-Command Disconnect-Entra -ErrorAction Ignore) { $null = Disconnect-Entra -All }
    Remove-StoreCertificate
    [IO.Directory]::Delete($script:Sim.Home, $true)
    foreach ($name in $script:Before.Keys) { [Environment]::SetEnvironmentVariable($name, $script:Before[$name]) }
}

function Invoke-Sim {
    param([string] $Method, [string] $Path, $Body)
    # Not what a test looks at: this shows what it sends.
    $VerbosePreference = $DebugPreference = 'SilentlyContinue'
    $parameters = @{ Method = $Method; Uri = "$($script:Sim.control)/$Path"; UseBasicParsing = $true }
    if ($null -ne $Body) { $parameters.Body = [Text.Encoding]::UTF8.GetBytes((ConvertTo-Json $Body -Depth 9 -Compress)) }
    Invoke-RestMethod @parameters
}

function Add-Fault { param([hashtable] $Fault) $null = Invoke-Sim POST fault $Fault }
function Clear-Fault { $null = Invoke-Sim DELETE fault }
function Clear-Journal { $null = Invoke-Sim DELETE journal }
function Get-Journal { param([string] $Service = 'login', [string] $Path = '') @(Invoke-Sim GET "journal?service=$Service&path=$Path" | ForEach-Object { $_ }) }

function ConvertTo-Secret { param([string] $Text) $secret = [securestring]::new(); $Text.ToCharArray() | ForEach-Object { $secret.AppendChar($_) }; $secret }
function New-AppCredential { param([string] $Secret = $script:Sim.secret, [string] $App = $script:Sim.app) [pscredential]::new($App, (ConvertTo-Secret $Secret)) }
function Get-SimCertificate {
    param([string] $Name = 'app')
    [Security.Cryptography.X509Certificates.X509Certificate2]::new([IO.Path]::Combine($script:Sim.dir, "$Name.pfx"), $script:Sim.certificate_password)
}
function Open-PersonalStore {
    $store = [Security.Cryptography.X509Certificates.X509Store]::new('My', 'CurrentUser')
    $store.Open('ReadWrite')
    $store
}
# Puts a certificate of the simulator into the person's store until the end of the test file.
function Add-StoreCertificate {
    param([string] $Name)
    $file = [IO.Path]::Combine($script:Sim.dir, "$Name.pfx")
    $certificate = [Security.Cryptography.X509Certificates.X509Certificate2]::new($file, $script:Sim.certificate_password, 'PersistKeySet')
    $store = Open-PersonalStore
    $store.Add($certificate); $store.Dispose()
    $script:Stored += $certificate
    $certificate
}
# On Windows the store is the person's real one, and a key outlives its certificate there.
function Remove-StoreCertificate {
    if (-not $script:Stored) { return }
    $store = Open-PersonalStore
    foreach ($certificate in $script:Stored) {
        $store.Remove($certificate)
        if ([Environment]::OSVersion.Platform -ne 'Win32NT' -or (Test-Wine)) { continue }
        $key = [Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($certificate)
        if ($key -is [Security.Cryptography.RSACng]) { $key.Key.Delete() }
    }
    $store.Dispose()
    $script:Stored = @()
}
# Connects with the app's secret unless other parameters are given.
function Connect-Sim {
    Connect-Entra -Environment Sim -TenantId $script:Sim.tenant -ClientSecretCredential (New-AppCredential) -NoWelcome @args
}

# An access token that nobody issued: the module takes what it is given.
function New-Token {
    param([hashtable] $Claim = @{}, [int] $Minute = 60)
    $claims = @{ exp = [DateTimeOffset]::UtcNow.AddMinutes($Minute).ToUnixTimeSeconds(); appid = $script:Sim.app; tid = $script:Sim.tenant; scp = 'User.Read Mail.Read' }
    foreach ($name in $Claim.Keys) { $claims[$name] = $Claim[$name] }
    $part = { param($Text) [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($Text)).TrimEnd('=').Replace('+', '-').Replace('/', '_') }
    "$(& $part '{"alg":"none"}').$(& $part (ConvertTo-Json $claims -Compress)).c2ln"
}

# What a script said on each stream. A terminating error counts as an error with Terminating set.
function Get-Said {
    param([scriptblock] $Script)
    $said = @{ Output = @(); Error = @(); Warning = @(); Verbose = @(); Debug = @(); Information = @(); Terminating = $null }
    $records = [Collections.ArrayList]::new()
    $ErrorActionPreference = 'Continue'
    try { & $Script *>&1 | ForEach-Object { $null = $records.Add($_) } } catch { $said.Terminating = $_ }
    foreach ($record in $records) {
        if ($record -is [Management.Automation.ErrorRecord]) { $said.Error += $record }
        elseif ($record -is [Management.Automation.WarningRecord]) { $said.Warning += $record.Message }
        elseif ($record -is [Management.Automation.VerboseRecord]) { $said.Verbose += $record.Message }
        elseif ($record -is [Management.Automation.DebugRecord]) { $said.Debug += $record.Message }
        elseif ($record -is [Management.Automation.InformationRecord]) { $said.Information += [string]$record.MessageData }
        else { $said.Output += $record }
    }
    $said
}

# Skips the case that runs where there is a reason to. In BeforeEach it skips each case.
function Skip-Case { param([string] $Reason) if ($Reason) { Set-ItResult -Skipped -Because $Reason } }

# The Windows of a machine that has another system may be Wine, which lacks some functions of Windows.
function Test-Wine {
    if ([Environment]::OSVersion.Platform -ne 'Win32NT') { return $false }
    $key = [Microsoft.Win32.Registry]::CurrentUser.OpenSubKey('Software\Wine')
    if ($key) { $key.Dispose() }
    [bool]$key
}
function Skip-OnWine { param([string] $Missing) if (Test-Wine) { Skip-Case "Wine lacks $Missing" } }

# How deep a record is looked into. A command's module has a session state, whose drives a process under Wine does not
# end after having listed.
function Get-TraceDepth { param([int] $Depth) if (Test-Wine) { 1 } else { $Depth } }

# Runs a script in a fresh PowerShell with this environment and gives what it printed.
function Invoke-Fresh {
    param([string] $Script)
    $file = [IO.Path]::Combine([IO.Path]::GetTempPath(), "$([guid]::NewGuid().ToString('N')).ps1")
    [IO.File]::WriteAllText($file, $Script)
    try { & $script:PowerShell -NoProfile -NonInteractive -File $file 2>&1 | ForEach-Object { [string]$_ } }
    finally { [IO.File]::Delete($file) }
}
