BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    . ([IO.Path]::Combine($PSScriptRoot, 'Machine.ps1'))
    $sim = Start-Sim
    $identity = @{ Identity = $true; Environment = 'Sim'; NoWelcome = $true; ErrorAction = 'Stop' }
}
AfterAll { Stop-Sim }

Describe 'Connect-Entra -Identity' {
    AfterEach { Reset-Session }
    It 'signs in as the machine on <Machine> and says where the identity comes from' -ForEach @(
        @{ Machine = 'imds'; Source = 'metadata service' }
        @{ Machine = 'app_service'; Source = 'App Service' }
        @{ Machine = 'machine_learning'; Source = 'Machine Learning' }
        @{ Machine = 'cloud_shell'; Source = 'Cloud Shell' }
        @{ Machine = 'fabric'; Source = 'Service Fabric' }
    ) {
        Enter-Machine $Machine
        $said = Get-Said { Connect-Entra @identity -Verbose }
        $said.Terminating | Should -BeNullOrEmpty
        $said.Error | Should -BeNullOrEmpty
        $said.Verbose -join "`n" | Should -BeLike "*managed identity comes from *$Source*"
        $context = Get-EntraContext
        $context.ClientId | Should -Be $sim.machine
        $context.TenantId | Should -Be $sim.tenant
        $context.AuthType | Should -Be 'ManagedIdentity'
        $context.TokenCredentialType | Should -Be 'ManagedIdentity'
        $context.ManagedIdentityId | Should -Be 'MSI@50342'
        (Test-EntraConnection).IdentitySource | Should -BeLike "*$Source*"
        (Get-Journal identity).Count | Should -Be 1
    }
    It 'takes a user-assigned identity by -<Parameter>' -ForEach @(
        @{ Parameter = 'ClientId'; Id = 'identity_client'; Sent = 'client_id' }
        @{ Parameter = 'ObjectId'; Id = 'identity_object'; Sent = 'object_id' }
        @{ Parameter = 'ResourceId'; Id = 'identity_resource'; Sent = 'msi_res_id' }
    ) {
        Enter-Machine imds
        $chosen = @{ $Parameter = $sim.$Id }
        Connect-Entra @identity @chosen
        (Get-EntraContext).ClientId | Should -Be $sim.identity_client
        (Get-EntraContext).ManagedIdentityId | Should -Be $sim.$Id
        (Get-Journal identity)[0].query.$Sent | Should -Be $sim.$Id
    }
    It 'refuses a choice that the host does not have, before it asks' {
        Enter-Machine cloud_shell
        { Connect-Entra @identity -ClientId $sim.identity_client } | Should -Throw -ErrorId 'IdentityChoiceNotSupported*'
        { Connect-Entra @identity -ObjectId $sim.identity_object -ResourceId $sim.identity_resource } | Should -Throw -ErrorId 'IdentityAmbiguous*'
        Get-Journal identity | Should -BeNullOrEmpty
    }
    It 'reports an identity that the machine does not have, and does not end the script' {
        Enter-Machine imds
        $said = Get-Said { Connect-Entra -Identity -Environment Sim -NoWelcome -ClientId '77777777-7777-7777-7777-777777777777'; 'after' }
        $said.Output | Should -Be 'after'
        $said.Error.Count | Should -Be 1
        $said.Error[0].FullyQualifiedErrorId | Should -BeLike 'IdentityNotAssigned*'
        $said.Error[0].ErrorDetails.RecommendedAction | Should -BeLike '*-ClientId*'
        Get-EntraContext | Should -BeNullOrEmpty
    }
    It 'never goes through a proxy' {
        Enter-Machine imds @{ HTTP_PROXY = $sim.proxy; ALL_PROXY = $sim.proxy; NO_PROXY = $null }
        try { Connect-Entra @identity } finally { $env:NO_PROXY = 'localhost,127.0.0.1' }
        (Get-Journal identity).Count | Should -Be 1
        Get-Journal proxy | Should -BeNullOrEmpty
    }
    It 'says where nothing is what it looked for' {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start(); $port = $listener.LocalEndpoint.Port; $listener.Stop()
        Enter-Machine nothing @{ AZURE_POD_IDENTITY_AUTHORITY_HOST = "http://127.0.0.1:$port" }
        $said = Get-Said { Connect-Entra -Identity -Environment Sim }
        $said.Error[0].FullyQualifiedErrorId | Should -BeLike 'IdentityNotAvailable*'
        foreach ($name in 'Service Fabric', 'IDENTITY_HEADER', 'MSI_SECRET', 'Azure Arc', 'AZURE_FEDERATED_TOKEN_FILE', "127.0.0.1:$port") {
            [string]$said.Error[0] | Should -BeLike "*$name*"
        }
    }
    It 'is the workload of a cluster by its token file' {
        Enter-Machine workload
        Connect-Entra @identity
        (Get-EntraContext).AuthType | Should -Be 'ManagedIdentity'
        (Get-EntraContext).ClientId | Should -Be $sim.federated_app
    }
}
