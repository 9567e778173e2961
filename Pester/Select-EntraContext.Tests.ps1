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
    It 'goes on in another runspace when its connection is made anew' {
        $shell = [powershell]::Create().AddScript("Import-Module '$Manifest'; `$null = Select-EntraContext Contoso")
        $null = $shell.Invoke()
        Connect-Sim -ContextName Contoso -ErrorAction Stop
        $shell.Commands.Clear()
        $shell.AddScript('(Get-EntraContext).TenantId').Invoke() | Should -Be $sim.tenant
        $shell.Dispose()
    }
    It 'is not needed for the connection without a name: a new one takes its place, whichever is current' {
        $other = @{ Environment = 'Sim'; TenantId = $sim.other_tenant; ClientSecretCredential = New-AppCredential $sim.secret $sim.second_app; NoWelcome = $true; ErrorAction = 'Stop' }
        Connect-Sim -ErrorAction Stop
        $null = Select-EntraContext Contoso
        Connect-Entra @other
        (Select-EntraContext -ListAvailable).Name | Where-Object { -not $_ } | Should -HaveCount 1
        (Get-EntraContext).TenantId | Should -Be $sim.other_tenant
        $null = Disconnect-Entra
        (Select-EntraContext -ListAvailable).Name | Sort-Object | Should -Be 'Contoso', 'Fabrikam'
        $null = Select-EntraContext Contoso
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
