# Sign-in of people at a service that was not written here: npm oidc-provider, dressed as Entra's endpoints.
BeforeDiscovery {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    . ([IO.Path]::Combine($PSScriptRoot, 'Person.ps1'))
    $gap = Get-BrowserGap
    if (-not $gap -and -not [IO.Directory]::Exists([IO.Path]::Combine($Peers, 'node_modules', 'oidc-provider'))) { $gap = 'oidc-provider is not installed' }
    if ($gap) { Write-Host "left out: sign-in at oidc-provider: $gap" }
}
BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    . ([IO.Path]::Combine($PSScriptRoot, 'Person.ps1'))
    $sim = Start-Sim
    function Start-Provider {
        $start = [Diagnostics.ProcessStartInfo]::new('node', [IO.Path]::Combine($Peers, 'entra-like.mjs'))
        $start.UseShellExecute = $false
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $start.Environment['FOLDER'], $start.Environment['TENANT'], $start.Environment['SECRET'] = $sim.dir, $sim.tenant, 'fake-secret'
        $process = [Diagnostics.Process]::Start($start)
        $null = $process.StandardError.ReadToEndAsync()
        $null = Add-EntraEnvironment -Name Other -AzureADEndpoint ($process.StandardOutput.ReadLine() -replace '^ready ') -GraphEndpoint 'https://graph.microsoft.com'
        $process
    }
    $person = @{ Environment = 'Other'; TenantId = $sim.tenant; NoWelcome = $true; ErrorAction = 'Stop' }
    if (-not (Get-BrowserGap)) { $provider = Start-Provider }
}
AfterAll {
    if ($provider) { $provider.StandardInput.Close(); if (-not $provider.WaitForExit(5000)) { $provider.Kill() } }
    Stop-Sim
}

Describe 'A person at oidc-provider' -Skip:([bool]$gap) {
    BeforeEach { Clear-Person }
    It 'signs in with the browser, and is renewed without being asked' {
        Set-Person -Login 'adele' -Password 'any'
        Connect-Entra @person
        Get-PersonLog | Should -Be 'You are signed in | came back'
        (Get-EntraContext).Account | Should -Be 'adele@contoso.test'
        (Get-EntraContext).TenantId | Should -Be $sim.tenant
        $first = Get-EntraToken -AsPlainText
        Set-Person -Action close
        Get-EntraToken -ForceRefresh -AsPlainText | Should -Not -Be $first
        [IO.File]::Exists($env:PERSON_LOG) | Should -BeFalse
    }
    It 'ends at once when the person cancels' {
        Set-Person -Action cancel
        $failure = { Connect-Entra @person } | Should -Throw -PassThru
        $failure.FullyQualifiedErrorId | Should -BeLike 'SignInDeclined,*'
    }
    It 'signs in with a code that is entered in a browser' {
        Set-Person -Login 'adele' -Password 'any'
        $shell = [powershell]::Create()
        $typist = {
            param($Text)
            $uri, $code = [regex]::Match($Text, 'https://\S+').Value, [regex]::Match($Text, 'code (\S+)').Groups[1].Value
            $env:PERSON_CODE = $code
            & $env:BROWSER $uri
        }
        try {
            Connect-Entra @person -UseDeviceCode 6>&1 | ForEach-Object { $null = $shell.AddScript($typist).AddArgument([string]$_.MessageData).BeginInvoke() }
            (Get-EntraContext).Account | Should -Be 'adele@contoso.test'
            (Get-EntraContext).TokenCredentialType | Should -Be 'DeviceCode'
        } finally { $shell.Dispose(); $env:PERSON_CODE = $null }
    }
}
