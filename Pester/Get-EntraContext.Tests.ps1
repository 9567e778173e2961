BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    $sim = Start-Sim
}
AfterAll { Stop-Sim }

Describe 'Get-EntraContext' {
    It 'gives nothing and no error where nothing is connected' {
        $said = Get-Said { Get-EntraContext }
        $said.Output.Count | Should -Be 0
        $said.Error.Count | Should -Be 0
    }
    It 'has the properties of the original, in its order' {
        Connect-Sim -ErrorAction Stop
        (Get-MgContext).psobject.Properties.Name | Should -Be @(
            'ClientId', 'TenantId', 'Scopes', 'AuthType', 'TokenCredentialType', 'CertificateThumbprint', 'CertificateSubjectName', 'SendCertificateChain'
            'Account', 'AppName', 'ContextScope', 'Certificate', 'PSHostVersion', 'ManagedIdentityId', 'ClientSecret', 'Environment'
        )
    }
    It 'notes its module first, under the Entra names' {
        foreach ($name in 'Get-EntraContext', 'Get-EntraCurrentSessionInfo', 'ConnectEntra\Get-EntraContext') {
            $context = & $name
            $context.psobject.Properties.Name[0..1] | Should -Be 'EntraPSModuleName', 'EntraPSVersion'
            $context.EntraPSModuleName | Should -Be 'ConnectEntra'
        }
    }
    It 'has values that compare as text and as the numbers of the original' {
        $context = Get-MgContext
        $context.AuthType -eq 'apponly' | Should -BeTrue
        [int]$context.AuthType | Should -Be 1
        [int]$context.TokenCredentialType | Should -Be 5
        [int]$context.ContextScope | Should -Be 0
        , $context.Scopes | Should -BeOfType 'string[]'
        $context.PSHostVersion | Should -Be $Host.Version
        $context.SendCertificateChain | Should -BeFalse
    }
    It 'shows a stand-in for the secret' {
        [pscredential]::new('x', (Get-EntraContext).ClientSecret).GetNetworkCredential().Password | Should -Not -BeLike "*$($sim.secret)*"
    }
    It 'can be read in another runspace, which sees the connection of the process' {
        $shell = [powershell]::Create().AddScript("Import-Module '$Manifest'; (Get-EntraContext).ClientId")
        $shell.Invoke() | Should -Be $sim.app
        $shell.Dispose()
    }
    It 'takes no parameters' {
        $common = [Management.Automation.Cmdlet]::CommonParameters
        (Get-Command Get-EntraContext).Parameters.Keys | Where-Object { $common -notcontains $_ } | Should -BeNullOrEmpty
    }
}
