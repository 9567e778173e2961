# A person with a browser, for the tests of people's sign-ins. Dot-source it after Sim.ps1.
$script:Peers = [IO.Path]::Combine($script:Root, 'tests', 'peers')

# Why there is no real browser to test with; nothing where there is one.
function Get-BrowserGap {
    foreach ($program in 'chromium', 'node') {
        if (-not (Get-Command $program -CommandType Application -ErrorAction Ignore)) { return "$program is not installed" }
    }
    if (-not [IO.Directory]::Exists([IO.Path]::Combine($script:Peers, 'node_modules', 'playwright-core'))) { return 'the packages of tests/peers are not installed' }
}

# What the person does from now on with the page that the product opens.
function Set-Person {
    param([string] $Action = 'accept', [string] $Login = $script:Sim.adele, [string] $Password = $script:Sim.password)
    $env:BROWSER = [IO.Path]::Combine($script:Peers, 'browser.mjs')
    $env:CHROMIUM = @(Get-Command chromium -CommandType Application)[0].Source
    $env:PERSON_ACTION, $env:PERSON_LOGIN, $env:PERSON_PASSWORD = $Action, $Login, $Password
    $env:PERSON_LOG = [IO.Path]::Combine($script:Sim.Home, "person-$([guid]::NewGuid().ToString('N')).log")
}

# How it ended for the person: the heading of the last page. The browser may still be closing.
function Get-PersonLog {
    for ($i = 0; $i -lt 200; $i++) {
        if ([IO.File]::Exists($env:PERSON_LOG)) { return [IO.File]::ReadAllText($env:PERSON_LOG).Trim() }
        Start-Sleep -Milliseconds 50
    }
}

function Clear-Person {
    foreach ($name in 'BROWSER', 'CHROMIUM', 'PERSON_ACTION', 'PERSON_LOGIN', 'PERSON_PASSWORD', 'PERSON_LOG', 'CONNECT_ENTRA_SIGN_IN_TIMEOUT', 'CONNECT_ENTRA_CLIENT_ID', 'DISPLAY') {
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
    if ($IsLinux) {
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
    if ($IsLinux) {
        [IO.File]::WriteAllText($program, "#!/bin/sh`nprintf %s `"`$1`" >'$page.new' && mv '$page.new' '$page'`n")
        chmod +x $program
        $env:BROWSER = $program
    }
    $page
}

function Clear-PageKeeper {
    $env:BROWSER = $null
    $null = Invoke-Sim POST settings @{ device_interval = 1; device_lifetime = 5 }
}

# Why there is no terminal to press Ctrl+C in; nothing where there is one.
function Get-TerminalGap {
    if (-not (Get-Command python3 -CommandType Application -ErrorAction Ignore)) { return 'python3 is not installed' }
    & python3 -c 'import pty' 2>$null
    if ($LASTEXITCODE) { return 'this python3 has no module pty' }
}
