# Scripts as people write them for Connect-MgGraph, unchanged but for the module that they import.
BeforeDiscovery {
    $scripts = @(
        @{ Name = 'report-users'; Says = '^users: 25\d\d$' }
        @{ Name = 'export-group-members'; Says = '^members: \d{2,}$' }
        @{ Name = 'license-summary'; Says = '^SPE_E3: 300 of 350, 50 free$' }
        @{ Name = 'expiring-secrets'; Says = '^expiring: (\d+), dates: \1$' }
        @{ Name = 'download-photo'; Says = '^photo: True, picture: True$' }
        @{ Name = 'bulk-create'; Says = '^created: 25$' }
        @{ Name = 'delta-query'; Says = '^first: True, then: 1$' }
    )
}
BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    $sim = Start-Sim
    $scripts = [IO.Path]::Combine($Root, 'tests', 'scripts')
    $path = $env:PSModulePath
    $env:PSModulePath = [IO.Path]::Combine($Root, 'powershell') + [IO.Path]::PathSeparator + $path
    $given = @{ TenantId = $sim.tenant; Credential = New-AppCredential; Environment = 'Sim'; Folder = $sim.Home }
    function Get-ScriptPath { param([string] $Name) [IO.Path]::Combine($scripts, "$Name.ps1") }
}
AfterAll { $env:PSModulePath = $path; Stop-Sim }

Describe 'Script <Name>' -ForEach $scripts {
    It 'runs without an error and says what it found' {
        $said = Get-Said { & (Get-ScriptPath $Name) @given }
        $said.Terminating | Should -BeNullOrEmpty
        $said.Error | Should -BeNullOrEmpty
        $said.Warning | Should -BeNullOrEmpty
        @($said.Output -match $Says) | Should -Not -BeNullOrEmpty -Because "it said: $($said.Output -join ' | ')"
    }
}

Describe 'Scripts that are started in other ways' {
    It 'stop at an error with $ErrorActionPreference inside, and go on after what they catch' {
        $ErrorActionPreference = 'Continue'
        & (Get-ScriptPath 'pull-sign-ins') @given | Should -Be 'sign-ins: 200 in 4 pages, apps: 1', 'refused: Forbidden'
        $null = Disconnect-Entra
        Clear-Journal
        $given.Credential = New-AppCredential 'a-wrong-one'
        try { $said = Get-Said { & (Get-ScriptPath 'pull-sign-ins') @given } } finally { $given.Credential = New-AppCredential }
        $said.Terminating.Exception.Message | Should -BeLike '*AADSTS7000215*'
        $said.Output | Should -BeNullOrEmpty
        Get-Journal graph | Should -BeNullOrEmpty
    }
    It 'run inside a function' {
        function Start-Inside { param($Script, $Given) & $Script @Given }
        $lines = Start-Inside (Get-ScriptPath 'handle-errors') $given
        $lines[0] | Should -Match '^found '
        $lines[1..2] | Should -Be 'missing (Request_ResourceNotFound)', 'status 404'
    }
    It 'wait for themselves where they want to' {
        Add-Fault @{ host = 'graph'; path = '/organization'; status = 429; headers = @{ 'Retry-After' = '0' }; times = 2 }
        & (Get-ScriptPath 'throttled-loop') @given | Should -Be 'done: 3, waited: 2'
    }
    It 'run in a job' {
        $job = Start-Job { param($Script, $Given) & $Script @Given } -ArgumentList (Get-ScriptPath 'license-summary'), $given
        $lines = Receive-Job $job -Wait -AutoRemoveJob
        $lines -match '^SPE_E3: 300' | Should -Not -BeNullOrEmpty
    }
    It 'run side by side' -Skip:($PSVersionTable.PSVersion.Major -lt 7) {
        $lines = 1..4 | ForEach-Object -Parallel { $given = $using:given; & $using:scripts/license-summary.ps1 @given } -ThrottleLimit 4
        @($lines -match '^SPE_E3: 300').Count | Should -Be 4
    }
}
