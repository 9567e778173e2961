# A person with a browser, for the tests of people's sign-ins. Dot-source it after Sim.ps1.
. ([IO.Path]::Combine($PSScriptRoot, 'Peer.ps1'))
$script:OpenerKey = 'HKEY_LOCAL_MACHINE\Software\Classes\https\shell\open\command'

# Why pages cannot be opened with a program of ours; nothing where they can.
function Get-OpenerGap {
    if ([Environment]::OSVersion.Platform -eq 'Win32NT' -and -not (Test-Wine)) { 'Windows lets no program choose the browser' }
    elseif ($IsMacOS) { 'macOS lets no program choose the browser' }
}

# Makes the program the one that pages are opened with, until Clear-Opener: BROWSER names it, or, under Wine, the registry
# of the machine, which one test file at a time may have. The interpreter is for Wine: it makes no file executable.
function Set-Opener {
    param([string] $Program, [string] $Interpreter)
    if (-not (Test-Wine)) { $env:BROWSER = $Program; return }
    if (-not $script:OpenerTurn) {
        $script:OpenerTurn = [Threading.Mutex]::new($false, 'connect-entra-opener')
        $null = $script:OpenerTurn.WaitOne()
        $script:OpenerBefore = [Microsoft.Win32.Registry]::GetValue($script:OpenerKey, '', '')
    }
    $words = if ($Interpreter) { (Find-Program $Interpreter), (ConvertTo-SystemPath $Program) } else { $Program }
    [Microsoft.Win32.Registry]::SetValue($script:OpenerKey, '', "`"$($words -join '" "')`" `"%1`"")
}
function Clear-Opener {
    $env:BROWSER = $null
    if (-not $script:OpenerTurn) { return }
    [Microsoft.Win32.Registry]::SetValue($script:OpenerKey, '', "$script:OpenerBefore")
    $script:OpenerTurn.ReleaseMutex()
    $script:OpenerTurn.Dispose()
    $script:OpenerTurn = $null
}

# Why there is no real browser to test with; nothing where there is one.
function Get-BrowserGap {
    $gap = Get-OpenerGap
    if ($gap) { return $gap }
    if (-not (Find-Program chromium)) { return 'chromium is not installed' }
    Get-PeerGap playwright-core
}

# What the person does from now on with the page that the product opens.
function Set-Person {
    param([string] $Action = 'accept', [string] $Login = $script:Sim.adele, [string] $Password = $script:Sim.password)
    Set-Opener ([IO.Path]::Combine($script:Peers, 'browser.mjs')) node
    $env:CHROMIUM = ConvertTo-SystemPath (Find-Program chromium)
    $env:PERSON_ACTION, $env:PERSON_LOGIN, $env:PERSON_PASSWORD = $Action, $Login, $Password
    $script:PersonLog = [IO.Path]::Combine($script:Sim.Home, "person-$([guid]::NewGuid().ToString('N')).log")
    $env:PERSON_LOG = ConvertTo-SystemPath $script:PersonLog
}

# How it ended for the person: the heading of the last page. The browser may still be closing.
function Get-PersonLog {
    for ($i = 0; $i -lt 200; $i++) {
        if (Test-PersonLog) { return [IO.File]::ReadAllText($script:PersonLog).Trim() }
        Start-Sleep -Milliseconds 50
    }
}
function Test-PersonLog { [IO.File]::Exists($script:PersonLog) }

function Clear-Person {
    Clear-Opener
    foreach ($name in 'CHROMIUM', 'PERSON_ACTION', 'PERSON_LOGIN', 'PERSON_PASSWORD', 'PERSON_LOG', 'CONNECT_ENTRA_SIGN_IN_TIMEOUT', 'CONNECT_ENTRA_CLIENT_ID', 'DISPLAY') {
        [Environment]::SetEnvironmentVariable($name, $null)
    }
    Disconnect-Entra -All | Out-Null
    Clear-Fault
    Clear-Journal
    $null = Invoke-Sim DELETE refuse
    $null = Invoke-Sim DELETE consents
    $null = Invoke-Sim POST settings @{ spoil_state = ''; device_interval = 1; device_lifetime = 5 }
}

# What a person waits for, how it is brought about, and which service has then been asked for which path.
# Asked = nothing: the page has been opened.
function Get-PersonWait {
    $code = 'Connect-Entra -Environment Sim -TenantId $tenant -UseDeviceCode -NoWelcome'
    if (-not (Get-OpenerGap)) {
        @{ Name = 'the browser'; Command = 'Connect-Entra -Environment Sim -TenantId $tenant -NoWelcome'; Asked = ''; Interval = 5; Fault = $null }
    }
    @{ Name = 'a device code'; Command = $code; Asked = 'service=login&path=/devicecode'; Interval = 5; Fault = $null }
    @{ Name = 'a token endpoint that never answers'; Command = $code; Asked = 'service=login&path=/token'; Interval = 1; Fault = @{ host = 'login'; path = '/token'; stall = $true; times = 0 } }
    @{ Name = 'a Graph request that never answers'; Command = 'Invoke-EntraRequest -Uri v1.0/me'; Asked = 'service=graph'; Interval = 1; Fault = @{ host = 'graph'; path = '*'; stall = $true; times = 0 } }
}

function Test-WaitBegun {
    param([string] $Asked, [string] $Page)
    if (-not $Asked) { return [IO.File]::Exists($Page) }
    [bool]@(Invoke-Sim GET "journal?$Asked" | ForEach-Object { $_ }).Count
}

# A browser that keeps the address in a file, where nobody signs in with it. Gives the file's path.
function Set-PageKeeper {
    $program = [IO.Path]::Combine($script:Sim.Home, 'keep-page')
    $page = [IO.Path]::Combine($script:Sim.Home, 'page')
    if (-not (Get-OpenerGap)) {
        $file = ConvertTo-SystemPath $page
        [IO.File]::WriteAllText($program, "#!/bin/sh`nprintf %s `"`$1`" >'$file.new' && mv '$file.new' '$file'`n")
        if (-not (Test-Wine)) { chmod +x $program }
        Set-Opener $program sh
    }
    $page
}

function Clear-PageKeeper {
    Clear-Opener
    $null = Invoke-Sim POST settings @{ device_interval = 1; device_lifetime = 5 }
}

# Why there is no terminal to press Ctrl+C in; nothing where there is one.
function Get-TerminalGap {
    if (-not (Find-Program python3)) { return 'python3 is not installed' }
    $null = Invoke-Program python3 '-c', 'import pty'
    if ($LASTEXITCODE) { 'this python3 has no module pty' }
}
