# Tokens for other modules.
BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    $sim = Start-Sim
    Connect-Sim
    function ConvertFrom-Secret { param([securestring] $Secret) [Net.NetworkCredential]::new('', $Secret).Password }
}
AfterAll { Stop-Sim }

Describe 'Get-EntraToken' {
    It 'gives a SecureString, and text only where it is asked for' {
        $token = Get-EntraToken
        $token | Should -BeOfType [securestring]
        ConvertFrom-Secret $token | Should -BeExactly (Get-EntraToken -AsPlainText)
        (Get-EntraToken -AsHeader).Authorization | Should -BeExactly "Bearer $(Get-EntraToken -AsPlainText)"
    }
    It 'gives the one in memory, without a request' {
        $null = Get-EntraToken
        Clear-Journal
        $null = Get-EntraToken
        Get-Journal login '/token' | Should -BeNullOrEmpty
    }
    It 'asks anew with -ForceRefresh, and where too little time is left' {
        Clear-Journal
        $first = Get-EntraToken -AsPlainText
        Get-EntraToken -AsPlainText -ForceRefresh | Should -Not -BeExactly $first
        $null = Get-EntraToken -MinimumLifetime 86000 -WarningAction Ignore
        @(Get-Journal login '/token').Count | Should -Be 2
    }
    It 'asks for a resource or for scopes' {
        Clear-Journal
        $null = Get-EntraToken -Resource $sim.graph -ForceRefresh
        $null = Get-EntraToken -Scopes "$($sim.graph)/.default" -ForceRefresh
        (Get-Journal login '/token').form.scope | Should -Be @("$($sim.graph)/.default", "$($sim.graph)/.default")
    }
    It 'refuses a resource that is none' { { Get-EntraToken -Resource nonsense } | Should -Throw -ErrorId 'InvalidResource,*' }
    It 'is ready for the -AccessToken of others' {
        $splat = @{ AccessToken = Get-EntraToken }
        Connect-Entra -Environment Sim -NoWelcome -ContextName copy @splat
        (Invoke-EntraRequest -Uri 'v1.0/organization' -ContextName copy).value.Count | Should -Be 1
        $null = Disconnect-Entra -ContextName copy
    }
    It 'gives a token that was brought for its own Graph only, and says so where it does not last' {
        Connect-Entra -Environment Sim -NoWelcome -ContextName brought -AccessToken (ConvertTo-Secret (New-Token))
        try {
            { Get-EntraToken -ContextName brought -Resource 'https://vault.azure.net' } | Should -Throw -ErrorId 'OneTokenOnly,*'
            { Get-EntraToken -ContextName brought -Scopes 'User.Read' } | Should -Throw -ErrorId 'OneTokenOnly,*'
            Get-EntraToken -ContextName brought -Resource $sim.graph -AsPlainText | Should -BeExactly (Get-EntraToken -ContextName brought -AsPlainText)
            $said = Get-Said { Get-EntraToken -ContextName brought -MinimumLifetime 86400 }
            $said.Output.Count | Should -Be 1
            $said.Warning | Should -BeLike '*less than the 86400 seconds asked for*'
        } finally { $null = Disconnect-Entra -ContextName brought }
    }
    It 'says so where nobody is signed in' {
        $lines = Invoke-Fresh "Import-Module '$Manifest'; try { Get-EntraToken } catch { `$_.FullyQualifiedErrorId }"
        $lines | Should -Be 'AuthenticationError,Get-EntraToken'
    }
}
