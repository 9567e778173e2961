# What a stopped pipeline leaves behind (Ctrl+C is a pipeline stop): nothing but the connection that was there before.
BeforeDiscovery {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    . ([IO.Path]::Combine($PSScriptRoot, 'Person.ps1'))
    $waits = Get-PersonWait
}
BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    . ([IO.Path]::Combine($PSScriptRoot, 'Person.ps1'))
    $sim = Start-Sim
    $port = ([uri]$sim.login).Port
    $runspace = [runspacefactory]::CreateRunspace()
    $runspace.Open()

    function Invoke-There {
        param([string] $Script, [hashtable] $Value = @{})
        $shell = [powershell]::Create(); $shell.Runspace = $runspace
        foreach ($name in $Value.Keys) { $runspace.SessionStateProxy.SetVariable($name, $Value[$name]) }
        try { $shell.AddScript($Script).Invoke() } finally { $shell.Dispose() }
    }
    function Get-SignInSocket {
        param([int[]] $To = $port)
        @([Net.NetworkInformation.IPGlobalProperties]::GetIPGlobalProperties().GetActiveTcpConnections() |
                Where-Object { $_.RemoteEndPoint.Port -in $To -and $_.State -eq 'Established' }).Count
    }
    # Begins the script there, waits until the sign-in service has been asked, stops; gives the milliseconds of the stop.
    function Stop-There {
        param([string] $Script, [scriptblock] $Begun = { @(Get-Journal login).Count })
        Clear-Journal
        $shell = [powershell]::Create(); $shell.Runspace = $runspace
        $running = $shell.AddScript($Script).BeginInvoke()
        $limit = [Diagnostics.Stopwatch]::StartNew()
        while (-not (& $Begun) -and $limit.Elapsed.TotalSeconds -lt 20) { [Threading.Thread]::Sleep(20) }
        $asked = [int](& $Begun)
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $shell.Stop()
        $clock.Stop()
        try { $null = $shell.EndInvoke($running) } catch { $null = $_ }
        $shell.Dispose()
        $asked | Should -BeGreaterThan 0 -Because 'the service must be waited for when the stop comes'
        $clock.Elapsed.TotalMilliseconds
    }
    Invoke-There "Import-Module '$Manifest'"
    if (Test-Wine) { Invoke-There "& '$([IO.Path]::Combine($PSScriptRoot, 'Wine.ps1'))' '$($sim.dir)'" }
    Invoke-There 'Connect-Entra -Environment Sim -TenantId $tenant -ClientSecretCredential $credential -NoWelcome' @{ tenant = $sim.tenant; credential = New-AppCredential }
    Invoke-There '$null' @{ other = New-AppCredential $sim.secret $sim.second_app }
    $hanging = 'Connect-Entra -Environment Sim -TenantId $tenant -ClientSecretCredential $other -NoWelcome'
}
AfterAll { $runspace.Dispose(); Stop-Sim }

Describe 'A pipeline that is stopped while the sign-in service hangs' {
    AfterEach { Clear-Fault }
    It 'comes back within 120 ms (median of ten)' {
        Add-Fault @{ host = 'login'; path = '/token'; stall = $true; times = 0 }
        $times = 1..10 | ForEach-Object { Stop-There $hanging } | Sort-Object
        ($times[4] + $times[5]) / 2 | Should -BeLessOrEqual 120
        $times[9] | Should -BeLessOrEqual 1000
    }
    It 'leaves the connection that was there, and it still works' {
        Add-Fault @{ host = 'login'; path = '/token'; stall = $true; times = 0 }
        $null = Stop-There $hanging
        Clear-Fault
        Invoke-There '(Get-EntraContext).ClientId' | Should -Be $sim.app
        Invoke-There "$hanging; (Disconnect-Entra).ClientId" | Should -Be $sim.second_app
    }
    It 'leaves no connection to the service open, no thread and no key behind' {
        Add-Fault @{ host = 'login'; path = '/token'; stall = $true; times = 0 }
        $certificate = Get-SimCertificate
        Invoke-There '$null' @{ certificate = $certificate; app = $sim.app }
        $withKey = 'Connect-Entra -Environment Sim -TenantId $tenant -ClientId $app -Certificate $certificate -NoWelcome'
        $null = Stop-There $withKey
        $sockets = Get-SignInSocket
        $threads = [Diagnostics.Process]::GetCurrentProcess().Threads.Count
        $keys = & (Get-Module ConnectEntra) { (Get-KeyTable).Count }
        1..10 | ForEach-Object { $null = Stop-There $withKey }
        # A socket is closed by the library's own thread, a moment after the stop.
        $limit = [Diagnostics.Stopwatch]::StartNew()
        while ((Get-SignInSocket) -gt $sockets -and $limit.Elapsed.TotalSeconds -lt 2) { [Threading.Thread]::Sleep(20) }
        Get-SignInSocket | Should -BeLessOrEqual $sockets
        & (Get-Module ConnectEntra) { (Get-KeyTable).Count } | Should -Be $keys
        # The thread pool of .NET comes and goes; ten operations that leave one each would be seen.
        [Diagnostics.Process]::GetCurrentProcess().Threads.Count | Should -BeLessThan ($threads + 8)
    }
    It 'is stopped as well in front of another command and where its output is assigned' {
        Add-Fault @{ host = 'login'; path = '/token'; stall = $true; times = 0 }
        Stop-There "`$x = $hanging" | Should -BeLessOrEqual 1000
        Stop-There "$hanging | ForEach-Object { `$_ }" | Should -BeLessOrEqual 1000
    }
    It 'goes no further: the statement after it does not run' {
        Add-Fault @{ host = 'login'; path = '/token'; stall = $true; times = 0 }
        $null = Stop-There "`$global:After = 'no'; $hanging; `$global:After = 'yes'"
        Invoke-There '$global:After' | Should -Be 'no'
    }
}

Describe 'A person who stops waiting for <Name>' -ForEach $waits {
    BeforeAll {
        $page = Set-PageKeeper
        $null = Invoke-Sim POST settings @{ device_interval = $Interval; device_lifetime = 900 }
        Invoke-There 'Connect-Entra -Environment Sim -TenantId $tenant -ClientSecretCredential $credential -NoWelcome' @{ tenant = $sim.tenant; credential = New-AppCredential }
        if ($Fault) { Add-Fault $Fault }
        $begun = { Test-WaitBegun $Asked $page }
        $ports = $port, ([uri]$sim.graph).Port
        # The first one starts what stays in the process: the library's own threads, .NET's.
        $null = Stop-There $Command $begun
        $threads = [Diagnostics.Process]::GetCurrentProcess().Threads.Count
        $redirects = [Collections.ArrayList]::new()
        $times = 1..10 | ForEach-Object {
            [IO.File]::Delete($page)
            Stop-There $Command $begun
            if (-not $Asked) { $null = $redirects.Add([int][regex]::Match([IO.File]::ReadAllText($page), 'redirect_uri=http%3A%2F%2Flocalhost%3A(\d+)').Groups[1].Value) }
        } | Sort-Object
    }
    AfterAll {
        Clear-Fault
        Clear-PageKeeper
    }
    It 'has the prompt back within 120 ms (median of ten)' {
        ($times[4] + $times[5]) / 2 | Should -BeLessOrEqual 120
    }
    It 'keeps the connection that was there' {
        Invoke-There '(Get-EntraContext).ClientId' | Should -Be $sim.app
    }
    It 'leaves no listener, no open connection and no thread' {
        $system = [Net.NetworkInformation.IPGlobalProperties]::GetIPGlobalProperties()
        $limit = [Diagnostics.Stopwatch]::StartNew()
        do {
            [Threading.Thread]::Sleep(20)
            $listening = @($system.GetActiveTcpListeners() | Where-Object { $_.Port -in $redirects })
            # One kept-alive connection to each service is none of those that were stopped.
            $closed = -not $listening -and (Get-SignInSocket $ports) -le 2
        } while (-not $closed -and $limit.Elapsed.TotalSeconds -lt 2)
        $redirects.Count | Should -Be $(if ($Asked) { 0 } else { 10 })
        $listening | Should -BeNullOrEmpty
        Get-SignInSocket $ports | Should -BeLessOrEqual 2
        [Diagnostics.Process]::GetCurrentProcess().Threads.Count | Should -BeLessThan ($threads + 8)
    }
}

Describe 'A process that is left while the sign-in service hangs' {
    AfterEach { Clear-Fault }
    It 'ends at once with its exit code, by <How>' -ForEach @(
        @{ How = 'exit'; Last = 'exit 7' }
        @{ How = '[Environment]::Exit'; Last = '[Environment]::Exit(7)' }
        @{ How = 'exit after Remove-Module'; Last = 'Remove-Module ConnectEntra; exit 7' }
        @{ How = 'exit after Remove-Module everywhere'; Last = "`$other.Stop(); `$null = `$other.Commands.Clear(); `$null = `$other.AddScript('Remove-Module ConnectEntra').Invoke(); Remove-Module ConnectEntra; exit 7" }
    ) {
        Add-Fault @{ host = 'login'; path = '/token'; stall = $true; times = 0 }
        Clear-Journal
        $file = [IO.Path]::Combine($sim.Home, 'left.ps1')
        [IO.File]::WriteAllText($file, @"
param([string] `$Secret)
Import-Module '$Manifest'
`$other = [powershell]::Create().AddScript({
    param(`$Secret)
    Import-Module '$Manifest'
    `$credential = [pscredential]::new('$($sim.app)', (ConvertTo-SecureString `$Secret -AsPlainText -Force))
    Connect-Entra -Environment Sim -TenantId '$($sim.tenant)' -ClientSecretCredential `$credential -NoWelcome
}).AddArgument(`$Secret)
`$null = `$other.BeginInvoke()
`$null = [Console]::In.ReadLine()
$Last
"@)
        $start = [Diagnostics.ProcessStartInfo]::new($PowerShell, "-NoProfile -NonInteractive -File `"$file`" $($sim.secret)")
        $start.UseShellExecute = $false
        $start.RedirectStandardInput = $true
        $process = [Diagnostics.Process]::Start($start)
        try {
            $limit = [Diagnostics.Stopwatch]::StartNew()
            while (-not @(Get-Journal login /token).Count -and $limit.Elapsed.TotalSeconds -lt 20) { [Threading.Thread]::Sleep(20) }
            @(Get-Journal login /token).Count | Should -Be 1 -Because 'the service must be waited for when the process is left'
            # It goes on when it is told to.
            $process.StandardInput.WriteLine()
            $process.WaitForExit(5000) | Should -BeTrue
            $process.ExitCode | Should -Be 7
            Get-Process -Id $process.Id -ErrorAction Ignore | Should -BeNullOrEmpty
        } finally { if (-not $process.HasExited) { $process.Kill() } }
    }
}

Describe 'Ctrl+C in a terminal in front of <Name>' -ForEach $waits {
    BeforeAll {
        $gap = Get-TerminalGap
        $page = Set-PageKeeper
    }
    BeforeEach { Skip-Case $gap }
    AfterAll {
        Clear-Fault
        Clear-PageKeeper
    }
    It 'has the prompt back within 120 ms (median of ten), and the connection that was there' {
        $null = Invoke-Sim POST settings @{ device_interval = $Interval; device_lifetime = 900 }
        if ($Fault) { Add-Fault $Fault }
        $setup = [IO.Path]::Combine($sim.Home, 'terminal.ps1')
        # Wine gives a program that is started from outside the folders of its user. And a prompt that no typed line contains.
        [IO.File]::WriteAllText($setup, (@(
                    'USERPROFILE', 'APPDATA', 'LOCALAPPDATA' | ForEach-Object { "`$env:$_ = '$([Environment]::GetEnvironmentVariable($_))'" }
                    "Import-Module '$Manifest'"
                    "Connect-Entra -AccessToken ('$(New-Token)' | ConvertTo-SecureString -AsPlainText -Force) -Environment Sim -NoWelcome"
                    "function global:prompt { '<ready' + '>' }"
                    "`$global:tenant = '$($sim.tenant)'"
                    'if (Get-Module PSReadLine) { Set-PSReadLineOption -HistorySaveStyle SaveNothing }') -join "`n"))
        $program = [IO.Path]::Combine($Root, 'tests', 'python', 'ctrl_c.py')
        $shell = if (Test-Wine) { 'pwsh-windows' } else { $PowerShell }
        $said = Invoke-Program python3 (ConvertTo-SystemPath $program), $shell, $setup, $Command, $sim.control, "$Asked", (ConvertTo-SystemPath $page)
        $LASTEXITCODE | Should -Be 0 -Because ($said -join "`n")
        $result = $said | Select-Object -Last 1 | ConvertFrom-Json
        $times = @($result.milliseconds | Sort-Object)
        $times.Count | Should -Be 10
        ($times[4] + $times[5]) / 2 | Should -BeLessOrEqual 120
        $result.connection | Should -Be 'UserProvidedAccessToken'
    }
}
