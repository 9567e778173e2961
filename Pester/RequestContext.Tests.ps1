# Get- and Set-EntraRequestContext, Get- and Set-MgGraphOption.
BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    $sim = Start-Sim
}
AfterAll { Stop-Sim }

Describe 'The request context' {
    It 'begins with the values of the original, in its order' {
        $values = Get-MgRequestContext
        $values.psobject.Properties.Name | Should -Be 'ClientTimeout', 'RetryDelay', 'MaxRetry', 'RetriesTimeLimit'
        $values.ClientTimeout, $values.RetryDelay, $values.MaxRetry, $values.RetriesTimeLimit | Should -Be ([timespan]'00:05:00'), 3, 3, ([timespan]::Zero)
    }
    It 'keeps what is not given and gives back all' {
        (Set-MgRequestContext -MaxRetry 5).MaxRetry | Should -Be 5
        $values = Set-EntraRequestContext -RetryDelay 10 -ClientTimeout 60
        $values.MaxRetry, $values.RetryDelay, $values.ClientTimeout | Should -Be 5, 10, ([timespan]'00:01:00')
        ([pscustomobject]@{ MaxRetry = 2; RetryDelay = 1 } | Set-EntraRequestContext).MaxRetry | Should -Be 2
    }
    It 'takes the limits and nothing beyond: <Name> <Good> <Bad>' -ForEach @(
        @{ Name = 'MaxRetry'; Good = 10; Bad = 11 }, @{ Name = 'MaxRetry'; Good = 0; Bad = -1 }, @{ Name = 'RetryDelay'; Good = 180; Bad = 181 }
    ) {
        $given = @{ $Name = $Good }
        (Set-EntraRequestContext @given).$Name | Should -Be $Good
        $given = @{ $Name = $Bad }
        { Set-EntraRequestContext @given } | Should -Throw -ErrorId 'ParameterArgumentValidationError,Set-EntraRequestContext'
    }
    It 'changes nothing with -WhatIf' {
        $before = (Get-EntraRequestContext).MaxRetry
        Set-EntraRequestContext -MaxRetry 9 -WhatIf
        (Get-EntraRequestContext).MaxRetry | Should -Be $before
    }
}

Describe 'The broker options' {
    It 'say that there is no broker, whatever was set' {
        $said = Get-Said { Set-MgGraphOption -EnableLoginByWAM $true; Set-MgGraphOption -DisableLoginByWAM $true; Set-MgGraphOption }
        $said.Values | ForEach-Object { $_ } | Should -BeNullOrEmpty
        (Get-MgGraphOption).EnableWAMForMSGraph | Should -BeFalse
        (Get-MgGraphOption).DisableLoginByWAM | Should -BeTrue
    }
    It 'say so with a verbose line' {
        (Get-Said { Set-MgGraphOption -EnableLoginByWAM $true -Verbose }).Verbose | Should -BeLike '*broker*'
    }
}
