BeforeDiscovery {
    $ways = if ($IsLinux) { @{ Way = 'BROWSER' }, @{ Way = 'xdg-open' } } else { @{ Way = 'ShellExecute' } }
}
BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    . ([IO.Path]::Combine($PSScriptRoot, 'Person.ps1'))
    $sim = Start-Sim
    $gap = Get-BrowserGap
    $person = @{ Environment = 'Sim'; TenantId = $sim.tenant; NoWelcome = $true; ErrorAction = 'Stop' }
}
AfterAll { Clear-Opener; Stop-Sim }

Describe 'Connect-Entra with Chromium' {
    BeforeEach {
        Skip-Case $gap
        Clear-Person
    }
    It 'signs in by <Way>' -ForEach $ways {
        Set-Person
        if ($Way -eq 'xdg-open') {
            # The desktop's setting for this person, where there is a display and no BROWSER.
            $applications = [IO.Directory]::CreateDirectory([IO.Path]::Combine($sim.Home, 'applications')).FullName
            [IO.File]::WriteAllText("$applications/person.desktop", "[Desktop Entry]`nType=Application`nName=Person`nExec=$env:BROWSER %u`n")
            [IO.File]::WriteAllText([IO.Path]::Combine($sim.Home, 'mimeapps.list'), "[Default Applications]`nx-scheme-handler/https=person.desktop`n")
            $env:BROWSER, $env:DISPLAY = $null, ':99'
        }
        Connect-Entra @person
        Get-PersonLog | Should -Be 'You are signed in | came back'
        $context = Get-EntraContext
        $context.TokenCredentialType | Should -Be 'InteractiveBrowser'
        $context.Account | Should -Be $sim.adele
    }
    It 'asks for consent, and is silent for what was agreed to' {
        Set-Person
        Connect-Entra @person -Scopes Mail.Read
        (Get-EntraContext).Scopes | Should -Contain 'Mail.Read'
        Set-Person -Action close
        Connect-Entra @person -Scopes Mail.Read
        Test-PersonLog | Should -BeFalse
    }
    It 'ends at once when the person says no: <_>' -ForEach 'cancel', 'decline' {
        Set-Person -Action $_
        $failure = { Connect-Entra @person -Scopes Mail.Read } | Should -Throw -PassThru
        $failure.FullyQualifiedErrorId | Should -BeLike 'SignInDeclined,*'
        Get-PersonLog | Should -Be 'Nothing was signed in | came back'
        Get-EntraContext | Should -BeNullOrEmpty
    }
    It 'turns a wrong state away and ends with the time limit' {
        $null = Invoke-Sim POST settings @{ spoil_state = 'x' }
        Set-Person
        $env:CONNECT_ENTRA_SIGN_IN_TIMEOUT = '15'
        $failure = { Connect-Entra @person } | Should -Throw -PassThru
        $failure.FullyQualifiedErrorId | Should -BeLike 'SignInTimedOut,*'
        Get-PersonLog | Should -Be 'Not this sign-in | came back'
    }
    It 'ends with the time limit when the tab is closed, and keeps the connection that was there' {
        Connect-Sim -ErrorAction Stop
        Set-Person -Action close
        $env:CONNECT_ENTRA_SIGN_IN_TIMEOUT = '4'
        $failure = { Connect-Entra @person } | Should -Throw -PassThru
        $failure.CategoryInfo.Category | Should -Be 'OperationTimeout'
        $failure.Exception.Message | Should -BeLike '*within 4 s*'
        (Get-EntraContext).AuthType | Should -Be 'AppOnly'
    }
    It 'takes the answer of a second tab and of a slow person: <_>' -ForEach 'twice', 'slow' {
        Set-Person -Action $_
        Connect-Entra @person
        Get-PersonLog | Should -Be 'You are signed in | came back'
    }
    It 'refuses another account than the one that is meant' {
        Set-Person -Login $sim.bjoern
        $failure = { Connect-Entra @person -LoginHint $sim.adele } | Should -Throw -PassThru
        $failure.FullyQualifiedErrorId | Should -BeLike 'WrongAccount,*'
        Get-PersonLog | Should -Be 'Another account | came back'
    }
}

Describe 'Connect-Entra without a browser' {
    BeforeEach { Clear-Person }
    It 'shows a code and why it is one' {
        $null = Invoke-Sim POST settings @{ device_lifetime = 1 }
        Skip-Case (Get-OpenerGap)
        Set-Opener '/no/such/browser'
        $before, $env:PATH = $env:PATH, $sim.Home
        try { $said = Get-Said { Connect-Entra -Environment Sim -NoWelcome } } finally { $env:PATH = $before }
        $said.Information.Count | Should -Be 1
        $said.Information[0] | Should -BeLike 'To sign in, use a web browser*no browser can be opened here*'
        $said.Warning | Should -BeNullOrEmpty
    }
}
