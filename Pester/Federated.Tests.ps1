BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    . ([IO.Path]::Combine($PSScriptRoot, 'Machine.ps1'))
    $sim = Start-Sim
    function New-SimAssertion { param([hashtable] $Claim = @{}) (Invoke-Sim POST assertion @{ issuer = 'github'; claims = $Claim }).assertion }
    $app = @{ Environment = 'Sim'; TenantId = $sim.tenant; ClientId = $sim.federated_app; NoWelcome = $true; ErrorAction = 'Stop' }
    $variables = @{ EnvironmentVariable = $true; Environment = 'Sim'; NoWelcome = $true; ErrorAction = 'Stop' }
}
AfterAll { Stop-Sim }

Describe 'Connect-Entra -EnvironmentVariable without a secret' {
    AfterEach { Reset-Session }
    It 'signs in on <Machine>' -ForEach @(
        @{ Machine = 'workload'; Issuer = 'federated token file' }
        @{ Machine = 'aks_proxy'; Issuer = 'proxy' }
        @{ Machine = 'github'; Issuer = 'GitHub Actions' }
        @{ Machine = 'pipelines'; Issuer = 'Azure Pipelines' }
    ) {
        Enter-Machine $Machine
        $said = Get-Said { Connect-Entra @variables -Verbose }
        $said.Terminating | Should -BeNullOrEmpty
        $said.Verbose -join "`n" | Should -BeLike "*environment variables hold *$Issuer*"
        (Get-EntraContext).ClientId | Should -Be $sim.federated_app
        (Get-EntraContext).AuthType | Should -Be 'EnvironmentVariable'
    }
    It 'asks GitHub for the audience of the cloud, with the token of the job' {
        Enter-Machine github
        Connect-Entra @variables
        $asked = (Get-Journal login /github/token)[0]
        $asked.query.audience | Should -Be 'api://AzureADTokenExchange'
        $asked.headers.authorization | Should -Be "Bearer $env:ACTIONS_ID_TOKEN_REQUEST_TOKEN"
    }
    It 'says what a job of GitHub Actions lacks' {
        $env:GITHUB_ACTIONS = 'true'
        $script:Entered = @('GITHUB_ACTIONS')
        $said = Get-Said { Connect-Entra -EnvironmentVariable -Environment Sim }
        [string]$said.Error[0] | Should -BeLike 'EnvironmentCredential authentication unavailable. Environment variables are not fully configured*'
        $said.Error[0].ErrorDetails.RecommendedAction | Should -BeLike '*id-token: write*'
    }
    It 'shows no token of the pipeline in any stream' {
        Enter-Machine github
        Add-Fault @{ path = '/github/token'; status = 401; body = '{"message":"no"}' }
        $said = Get-Said { Connect-Entra -EnvironmentVariable -Environment Sim -Verbose -Debug }
        $said.Error.Count | Should -Be 1
        $all = ($said.Error + $said.Verbose + $said.Debug + $said.Information | Out-String) + ($said.Error[0] | Format-List * -Force | Out-String)
        $all | Should -Not -BeLike "*$env:ACTIONS_ID_TOKEN_REQUEST_TOKEN*"
    }
}

Describe 'Connect-Entra -ClientAssertion' {
    AfterEach { Reset-Session }
    It 'takes <Kind>' -ForEach @(
        @{ Kind = 'text'; Make = { New-SimAssertion } }
        @{ Kind = 'a SecureString'; Make = { ConvertTo-Secret (New-SimAssertion) } }
    ) {
        Connect-Entra @app -ClientAssertion (& $Make)
        (Get-EntraContext).ClientId | Should -Be $sim.federated_app
        (Get-EntraContext).AuthType | Should -Be 'AppOnly'
    }
    It 'runs a script block for each token, unbound from where it was written' {
        $global:ControlPort = $sim.control
        try {
            $block = {
                $answer = Invoke-RestMethod -Method Post -Uri "$global:ControlPort/assertion" -Body '{"issuer":"github","claims":{}}' -UseBasicParsing
                $answer.assertion
            }
            Connect-Entra @app -ClientAssertion $block
            (Get-EntraContext).ClientId | Should -Be $sim.federated_app
            (Get-Journal login /token)[0].form.client_assertion | Should -Match '^[\w-]+\.[\w-]+\.[\w-]+$'
        } finally { Remove-Variable ControlPort -Scope Global }
    }
    It 'reports what the block throws' {
        { Connect-Entra @app -ClientAssertion { throw 'no cluster here' } } | Should -Throw '*no cluster here*'
        Get-EntraContext | Should -BeNullOrEmpty
    }
    It 'says which part of the assertion does not fit' {
        { Connect-Entra @app -ClientAssertion (New-SimAssertion @{ sub = 'repo:other/other' }) } | Should -Throw '*700213*'
    }
    It 'takes the machine''s managed identity' {
        Enter-Machine imds
        Connect-Entra @app -ClientAssertion ManagedIdentity
        (Get-EntraContext).ClientId | Should -Be $sim.federated_app
        (Get-Journal identity)[0].query.resource | Should -Be 'api://AzureADTokenExchange'
    }
}
