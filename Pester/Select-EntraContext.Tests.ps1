BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    $sim = Start-Sim
    Connect-Sim -ContextName Contoso -ErrorAction Stop
    Connect-Entra -Environment Sim -TenantId $sim.other_tenant -ClientSecretCredential (New-AppCredential $sim.secret $sim.second_app) -ContextName Fabrikam -NoWelcome -ErrorAction Stop
}
AfterAll { Stop-Sim }

Describe 'Select-EntraContext' {
    It 'goes from one connection to another and gives its context' {
        (Get-EntraContext).TenantId | Should -Be $sim.other_tenant
        (Select-EntraContext Contoso).TenantId | Should -Be $sim.tenant
        (Get-EntraContext).TenantId | Should -Be $sim.tenant
    }
    It 'lists the connections and marks the current one' {
        $list = Select-EntraContext -ListAvailable
        $list.Name | Sort-Object | Should -Be 'Contoso', 'Fabrikam'
        ($list | Where-Object Current).Name | Should -Be 'Contoso'
    }
    It 'changes nothing in another runspace' {
        $null = Select-EntraContext Contoso
        $shell = [powershell]::Create().AddScript("Import-Module '$Manifest'; `$null = Select-EntraContext Fabrikam; (Get-EntraContext).TenantId")
        $shell.Invoke() | Should -Be $sim.other_tenant
        $shell.Dispose()
        (Get-EntraContext).TenantId | Should -Be $sim.tenant
    }
    It 'says so where there is no such connection, and stays' {
        { Select-EntraContext Nowhere -ErrorAction Stop } | Should -Throw '*Nowhere*'
        (Get-EntraContext).TenantId | Should -Be $sim.tenant
    }
    It 'does not fall back on another connection after a disconnect' {
        $null = Select-EntraContext Fabrikam
        $null = Disconnect-Entra
        Get-EntraContext | Should -BeNullOrEmpty
        (Select-EntraContext -ListAvailable).Name | Should -Be 'Contoso'
    }
}
