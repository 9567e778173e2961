BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    $sim = Start-Sim
}
AfterAll { Stop-Sim }

Describe 'Test-EntraConnection' {
    AfterEach { Disconnect-Entra -ErrorAction SilentlyContinue | Out-Null }
    It 'says without an error that there is no connection' {
        $test = Test-EntraConnection -ErrorAction Stop
        $test.Connected | Should -BeFalse
        $test.GrantedScopes | Should -BeNullOrEmpty
    }
    It 'shows what was asked for beside what was granted, and until when' {
        Connect-Sim -ErrorAction Stop
        $test = Test-EntraConnection
        $test.Connected | Should -BeTrue
        $test.TenantId | Should -Be $sim.tenant
        $test.Credential | Should -Be 'ClientSecretCredential'
        $test.RequestedScopes | Should -Be "$($sim.graph)/.default"
        $test.GrantedScopes | Should -Be (Get-EntraContext).Scopes
        $test.ExpiresOn | Should -BeGreaterThan ([datetime]::Now.AddMinutes(50))
        $test.TokenIsValid | Should -BeTrue
        $test.KeptIn | Should -Be 'Memory of this process'
    }
    It 'finds a connection by its name, and says so where there is none' {
        Connect-Sim -ContextName Mine -ErrorAction Stop
        (Test-EntraConnection -ContextName mine).Name | Should -Be 'Mine'
        { Test-EntraConnection -ContextName Nowhere -ErrorAction Stop } | Should -Throw '*Nowhere*'
    }
    It 'asks nobody' {
        Connect-Sim -ErrorAction Stop
        Clear-Journal
        $null = Test-EntraConnection
        Get-Journal | Should -BeNullOrEmpty
    }
}
