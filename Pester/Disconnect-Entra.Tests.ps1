BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    $sim = Start-Sim
}
AfterAll { Stop-Sim }

Describe 'Disconnect-Entra' {
    It 'gives back the context that was signed out, without the notes of Get-EntraContext' {
        Connect-Sim
        $context = Disconnect-Entra
        $context.ClientId | Should -Be $sim.app
        $context.psobject.Properties.Name[0] | Should -Be 'ClientId'
        Get-EntraContext | Should -BeNullOrEmpty
    }
    It 'writes an error that does not end the script where nothing is connected' {
        $said = Get-Said { Disconnect-MgGraph; 'went on' }
        $said.Output | Should -Be 'went on'
        $said.Error[0].Exception.Message | Should -Be 'No application to sign out from.'
        $said.Error[0].CategoryInfo.Category | Should -Be 'CloseError'
        { Disconnect-Entra -ErrorAction Stop } | Should -Throw 'No application to sign out from.'
        (Get-Said { Disconnect-Entra -ErrorAction SilentlyContinue }).Error | Should -BeNullOrEmpty
    }
    It 'keeps the request context' {
        $null = Set-EntraRequestContext -MaxRetry 7
        Connect-Sim
        $null = Disconnect-Entra
        (Get-EntraRequestContext).MaxRetry | Should -Be 7
    }
    It 'forgets the token: the next connect asks again' {
        Connect-Sim; $null = Disconnect-Entra
        Clear-Journal
        Connect-Sim
        (Get-Journal login /token).Count | Should -Be 1
        $null = Disconnect-Entra
    }
    It 'ends all connections at once with -All, and says nothing where there is none' {
        Connect-Sim
        Connect-Sim -ContextName Other
        (Disconnect-Entra -All).ClientId | Should -Be $sim.app
        Select-EntraContext -ListAvailable | Should -BeNullOrEmpty
        $said = Get-Said { Disconnect-Entra -All }
        $said.Error | Should -BeNullOrEmpty
        $said.Output | Should -BeNullOrEmpty
    }
    It 'drops the certificates that its connection kept' {
        $count = { & (Get-Module ConnectEntra) { (Get-KeyTable).Count } }
        $before = & $count
        Connect-Entra -Environment Sim -TenantId $sim.tenant -ClientId $sim.app -Certificate (Get-SimCertificate) -NoWelcome -ErrorAction Stop
        & $count | Should -Be ($before + 1)
        $null = Disconnect-Entra
        & $count | Should -Be $before
    }
}
