# Sign-in of people at a service that was not written here: npm oidc-provider, dressed as Entra's endpoints.
BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    . ([IO.Path]::Combine($PSScriptRoot, 'Person.ps1'))
    $sim = Start-Sim
    $person = @{ Environment = 'Other'; TenantId = $sim.tenant; NoWelcome = $true; ErrorAction = 'Stop' }
    $gap = Get-BrowserGap
    if (-not $gap) { $gap = Get-PeerGap oidc-provider }
    if (-not $gap) {
        $provider = Start-Peer 'entra-like.mjs' @{ TENANT = $sim.tenant; SECRET = 'fake-secret' }
        $null = Add-EntraEnvironment -Name Other -AzureADEndpoint $provider.Address -GraphEndpoint 'https://graph.microsoft.com'
    }
}
AfterAll {
    Stop-Peer $provider
    Clear-Opener
    Stop-Sim
}

Describe 'A person at oidc-provider' {
    BeforeEach {
        Skip-Case $gap
        Clear-Person
    }
    It 'signs in with the browser, and is renewed without being asked' {
        Set-Person -Login 'adele' -Password 'any'
        Connect-Entra @person
        Get-PersonLog | Should -Be 'You are signed in | came back'
        (Get-EntraContext).Account | Should -Be 'adele@contoso.test'
        (Get-EntraContext).TenantId | Should -Be $sim.tenant
        $first = Get-EntraToken -AsPlainText
        Set-Person -Action close
        Get-EntraToken -ForceRefresh -AsPlainText | Should -Not -Be $first
        Test-PersonLog | Should -BeFalse
    }
    It 'ends at once when the person cancels' {
        Set-Person -Action cancel
        $failure = { Connect-Entra @person } | Should -Throw -PassThru
        $failure.FullyQualifiedErrorId | Should -BeLike 'SignInDeclined,*'
        Get-PersonLog | Should -BeLike '*came back'
    }
    It 'signs in with a code that is entered in a browser' {
        Set-Person -Login 'adele' -Password 'any'
        $shell = [powershell]::Create()
        $browser = ConvertTo-SystemPath ([IO.Path]::Combine($Peers, 'browser.mjs'))
        $typist = {
            param($Text, $Node, $Browser)
            $uri, $code = [regex]::Match($Text, 'https://\S+').Value, [regex]::Match($Text, 'code (\S+)').Groups[1].Value
            $env:PERSON_CODE = $code
            $null = [Diagnostics.Process]::Start($Node, "`"$Browser`" `"$uri`"")
        }
        try {
            Connect-Entra @person -UseDeviceCode 6>&1 | ForEach-Object { $null = $shell.AddScript($typist).AddArgument([string]$_.MessageData).AddArgument((Find-Program node)).AddArgument($browser).BeginInvoke() }
            (Get-EntraContext).Account | Should -Be 'adele@contoso.test'
            (Get-EntraContext).TokenCredentialType | Should -Be 'DeviceCode'
            Get-PersonLog | Should -BeLike '*stayed'
        } finally { $shell.Dispose(); $env:PERSON_CODE = $null }
    }
}
