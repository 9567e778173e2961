# Which stream says what, and that the caller's preferences hold although the module cannot see them.
BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    $sim = Start-Sim
    $good = @{ Environment = 'Sim'; TenantId = $sim.tenant; ClientSecretCredential = New-AppCredential }
    $bad = @{ Environment = 'Sim'; TenantId = $sim.tenant; ClientSecretCredential = New-AppCredential 'a-wrong-one' }
}
AfterAll { Stop-Sim }

Describe 'The welcome text' {
    It 'is one piece on the information stream, for the host' {
        $records = @(Connect-Entra @good 6>&1)
        $records.Count | Should -Be 1
        $records[0] | Should -BeOfType 'System.Management.Automation.InformationRecord'
        $records[0].Tags | Should -Be 'PSHOST'
    }
    It 'is gone with -NoWelcome, with 6>$null and with -InformationAction Ignore' {
        @(Connect-Entra @good -NoWelcome 6>&1).Count | Should -Be 0
        @(Connect-Entra @good 6>$null).Count | Should -Be 0
        @(Connect-Entra @good -InformationAction Ignore 6>&1).Count | Should -Be 0
    }
    It 'is not in -OutVariable, but in -InformationVariable' {
        Connect-Entra @good -OutVariable out -InformationVariable info 6>$null
        $out.Count | Should -Be 0
        $info.Count | Should -Be 1
    }
    It 'is not said after a failure' {
        @(Connect-Entra @bad -ErrorAction SilentlyContinue 6>&1).Count | Should -Be 0
    }
}

Describe 'Verbose lines' {
    # A token that is at hand is not asked for again, so each of these begins without one.
    BeforeEach { Disconnect-Entra -ErrorAction SilentlyContinue | Out-Null }
    It 'come with -Verbose and with the caller''s $VerbosePreference' {
        (Get-Said { Connect-Entra @good -NoWelcome -Verbose }).Verbose.Count | Should -BeGreaterThan 0
        $null = Disconnect-Entra
        (Get-Said { $VerbosePreference = 'Continue'; Connect-Entra @good -NoWelcome }).Verbose.Count | Should -BeGreaterThan 0
    }
    It 'do not come otherwise, and -Verbose:$false wins over the preference' {
        (Get-Said { Connect-Entra @good -NoWelcome }).Verbose.Count | Should -Be 0
        $null = Disconnect-Entra
        (Get-Said { $VerbosePreference = 'Continue'; Connect-Entra @good -NoWelcome -Verbose:$false }).Verbose.Count | Should -Be 0
    }
}

Describe 'A failed sign-in' {
    It 'does not end the script by itself' {
        $said = Get-Said { Connect-Entra @bad; 'went on' }
        $said.Output | Should -Be 'went on'
        $said.Error.Count | Should -Be 1
    }
    It 'ends it with -ErrorAction Stop and with the caller''s $ErrorActionPreference' {
        (Get-Said { Connect-Entra @bad -ErrorAction Stop; 'went on' }).Output.Count | Should -Be 0
        (Get-Said { $ErrorActionPreference = 'Stop'; Connect-Entra @bad; 'went on' }).Terminating | Should -Not -BeNullOrEmpty
        (Get-Said { function Test-Inner { $ErrorActionPreference = 'Stop'; Connect-Entra @bad; 'went on' }; Test-Inner }).Output.Count | Should -Be 0
    }
    It 'is silent with SilentlyContinue, and then in $Error and -ErrorVariable' {
        $said = Get-Said { Connect-Entra @bad -ErrorAction SilentlyContinue -ErrorVariable kept; $kept.Count }
        $said.Error.Count | Should -Be 0
        $said.Output | Should -Be 1
        $Error[0].Exception.Message | Should -BeLike '*7000215*'
    }
    It 'is silent with the caller''s $ErrorActionPreference SilentlyContinue' {
        (Get-Said { $ErrorActionPreference = 'SilentlyContinue'; Connect-Entra @bad }).Error.Count | Should -Be 0
    }
    It 'sets $? and points at the line of the caller' {
        $said = Get-Said { Connect-Entra @bad; $? }
        $said.Output | Should -BeFalse
        $said.Error[0].InvocationInfo.ScriptName | Should -Be $PSCommandPath
        $said.Error[0].InvocationInfo.Line | Should -BeLike '*Connect-Entra @bad; $?*'
    }
}

Describe 'A check that fails' {
    It 'ends the command whatever -ErrorAction says' {
        { Connect-Entra -Environment Nowhere -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'InvalidOperation,Connect-Entra'
    }
}

Describe 'Pipeline input' {
    It 'is refused, and nothing is asked of anybody' {
        Clear-Journal
        $said = Get-Said { 'User.Read' | Connect-Entra @good }
        $said.Error[0].FullyQualifiedErrorId | Should -Be 'InputObjectNotBound,Connect-Entra'
        Get-Journal login | Should -BeNullOrEmpty
    }
}
