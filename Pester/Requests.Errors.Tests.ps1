# Failed requests: the ids, kinds and records that scripts look for, and no token in any of them.
BeforeDiscovery {
    $checks = @(
        @{ Id = 'InvokeGraphRequestInvalidHost'; Do = { Invoke-EntraRequest -Uri '' } }
        @{ Id = 'InvokeGraphRequestOutFileMissingException'; Do = { Invoke-EntraRequest -Uri 'v1.0/me' -PassThru } }
        @{ Id = 'InvokeGraphRequestBodyConflictException'; Do = { Invoke-EntraRequest -Method PUT -Uri 'v1.0/echo' -Body x -InputFilePath y } }
        @{ Id = 'InvokeGraphRequestBodyConflictException'; Do = { Invoke-EntraRequest -Uri 'v1.0/echo' -InferOutputFileName -OutputFilePath y } }
        @{ Id = 'InvokeGraphRequestAllConflictException'; Do = { Invoke-EntraRequest -Uri 'v1.0/users' -All -OutputFilePath y } }
        @{ Id = 'InvokeGraphRequestAllConflictException'; Do = { Invoke-EntraRequest -Uri 'v1.0/users' -First 1 -OutputType HttpResponseMessage } }
        @{ Id = 'InvokeGraphRequestSessionConflictException'; Do = { Invoke-EntraRequest -Uri 'v1.0/echo' -SessionVariable x -GraphRequestSession ([GraphRequestSession]::new()) } }
        @{ Id = 'InvokeGraphRequestInputFileNotFilePathException'; Do = { Invoke-EntraRequest -Method PUT -Uri 'v1.0/echo' -InputFilePath $sim.Home } }
        @{ Id = 'InvokeGraphRequestInputFileMultiplePathsResolvedException'; Do = {
                foreach ($name in 'a.many', 'b.many') { [IO.File]::WriteAllText("$($sim.Home)/$name", 'x') }
                Invoke-EntraRequest -Method PUT -Uri 'v1.0/echo' -InputFilePath "$($sim.Home)/*.many" }
        }
        @{ Id = 'PathNotFound'; Do = { Invoke-EntraRequest -Method PUT -Uri 'v1.0/echo' -InputFilePath 'nowhere.bin' } }
        @{ Id = 'InvokeGraphRequestFileNotFilesystemPathException'; Do = { Invoke-EntraRequest -Method PUT -Uri 'v1.0/echo' -InputFilePath 'env:HOME' } }
        @{ Id = 'InvokeGraphContentTypeException'; Do = { Invoke-EntraRequest -Method POST -Uri 'v1.0/echo' -Body x -ContentType 'not a type' } }
        @{ Id = 'InvokeGraphContentTypeException'; Do = { Invoke-EntraRequest -Uri 'v1.0/shape/binary' } }
        @{ Id = 'InvokeGraphContentTypeException'; Do = { Invoke-EntraRequest -Uri 'v1.0/shape/html' } }
        @{ Id = 'InvokeGraphContentTypeException'; Do = { Invoke-EntraRequest -Uri 'v1.0/shape/scim' } }
        @{ Id = 'InvokeGraphRequestDuplicateKeysInJsonString'; Do = { Invoke-EntraRequest -Uri 'v1.0/shape/cases' } }
        @{ Id = 'InvokeGraphRequestEmptyKeyInJsonString'; Do = { Invoke-EntraRequest -Uri 'v1.0/shape/emptykey' -OutputType PSObject } }
        @{ Id = 'NotSpecified'; Do = { Invoke-EntraRequest -Uri 'v1.0/shape/broken' } }
        @{ Id = 'NotSpecified'; Do = { Invoke-EntraRequest -Uri 'v1.0/shape/deep' } }
        @{ Id = 'NotSpecified'; Do = { Invoke-EntraRequest -Uri "http://localhost/v1.0/me" } }
        @{ Id = 'NotSpecified'; Do = { Invoke-EntraRequest -Uri 'v1.0/me' -Headers @{ 'X Bad' = 1 } } }
        @{ Id = 'InvokeGraphHttpResponseException'; Do = { Invoke-EntraRequest -Uri 'v1.0/status/403' } }
        @{ Id = 'InvokeGraphHttpResponseException'; Do = { Add-Fault @{ host = 'graph'; path = '/organization'; reset = $true; times = 0 }; Invoke-EntraRequest -Uri 'v1.0/organization' } }
    )
}
BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    $sim = Start-Sim
    Connect-Sim
    function Get-Failed { param([scriptblock] $Script) try { & $Script } catch { $_ } }
}
AfterAll { Stop-Sim }

Describe 'A request that fails' {
    BeforeEach { Clear-Fault }
    It 'ends the command with <Id>: <Do>' -ForEach $checks {
        { & $Do } | Should -Throw -ErrorId "$Id,Invoke-EntraRequest"
    }
    It 'has the id of a name that could not be inferred, and ends nothing' {
        $said = Get-Said { Invoke-EntraRequest -Uri 'v1.0/shape/binary' -InferOutputFileName; 'went on' }
        $said.Error[0].FullyQualifiedErrorId | Should -Be 'InvokeGraphRequestKeysWithDifferentCasingInJsonString,Invoke-EntraRequest'
        $said.Output | Should -Be 'went on'
    }
    It 'is not silenced by -ErrorAction' {
        { Invoke-EntraRequest -Uri 'v1.0/status/404' -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'InvokeGraphHttpResponseException,*'
    }
    It 'is caught by type, and its response can be read' {
        $caught = $null
        try { Invoke-EntraRequest -Uri 'v1.0/status/403' } catch [System.Net.Http.HttpRequestException] { $caught = $_ }
        [int]$caught.Exception.Response.StatusCode | Should -Be 403
        $caught.Exception.Response.Content.ReadAsStringAsync().Result | Should -Match 'Authorization_RequestDenied'
        $caught.Exception.Message | Should -BeExactly 'Response status code does not indicate success: Forbidden (Forbidden).'
        $caught.CategoryInfo.Category | Should -Be 'InvalidOperation'
    }
    It 'has a response whose status has no name: <_>' -ForEach 440, 509 {
        $exception = (Get-Failed { Invoke-EntraRequest -Uri "v1.0/status/$_" }).Exception
        [int]$exception.Response.StatusCode | Should -Be $_
        [int]$exception.StatusCode | Should -Be $_
        [int](Invoke-EntraRequest -Uri "v1.0/status/$_" -SkipHttpErrorCheck -OutputType HttpResponseMessage).StatusCode | Should -Be $_
    }
    It 'is none for what was not switched on or is nothing' {
        (Invoke-EntraRequest -Uri 'v1.0/organization' -PassThru:$false -All:$false -InferOutputFileName:$false -OutputType PSObject).value.Count | Should -Be 1
    }
    It 'has details as scripts cut them: head lines, then JSON' {
        $failed = Get-Failed { Invoke-EntraRequest -Uri 'v1.0/status/404' }
        $text = $failed.ErrorDetails.Message
        $text | Should -Match "^GET $([regex]::Escape($sim.graph))/v1.0/status/404\r?\n"
        ($text.Substring($text.IndexOf("`r`n`r`n")) | ConvertFrom-Json).error.code | Should -Be 'Request_ResourceNotFound'
    }
    It 'has what the service says as properties' {
        $exception = (Get-Failed { Invoke-EntraRequest -Uri 'v1.0/status/404' }).Exception
        $exception.Code | Should -Be 'Request_ResourceNotFound'
        $exception.RequestId | Should -Match '^[0-9a-f-]{36}$'
        $exception.ClientRequestId | Should -Match '^[0-9a-f-]{36}$'
        [int]$exception.StatusCode | Should -Be 404
        $exception.ErrorMessage | Should -Not -BeNullOrEmpty
        [datetime]$exception.Date | Should -BeOfType [datetime]
        $exception.RetryAfter | Should -BeNullOrEmpty
        $null = Set-EntraRequestContext -MaxRetry 0
        try { (Get-Failed { Invoke-EntraRequest -Uri 'v1.0/status/429?retry_after=7' }).Exception.RetryAfter | Should -Be 7 }
        finally { $null = Set-EntraRequestContext -MaxRetry 3 }
    }
    It 'points at the line of the caller' {
        $failed = Get-Failed { Invoke-EntraRequest -Uri 'v1.0/status/404' }
        $failed.InvocationInfo.ScriptName | Should -Be $PSCommandPath
    }
    It 'can be looked into with -Debug, which shows no token' {
        $said = Get-Said { try { Invoke-EntraRequest -Uri 'v1.0/status/404' -Debug } catch { $null } }
        $said.Debug.Count | Should -Be 2
        $said.Debug[0] | Should -BeLike "GET $($sim.graph)/v1.0/status/404*authorization: (not shown)*"
        $said.Debug[1] | Should -BeLike 'HTTP/2.0 404 Not Found*request-id: *'
        "$($said.Debug)" | Should -Not -Match 'Bearer|eyJ'
        (Get-Said { $DebugPreference = 'Continue'; Invoke-EntraRequest -Uri 'v1.0/organization' }).Debug.Count | Should -Be 2
        (Get-Said { Invoke-EntraRequest -Uri 'v1.0/organization' }).Debug | Should -BeNullOrEmpty
    }
    It 'shows the token nowhere' {
        $token = Get-EntraToken -AsPlainText
        $failed = Get-Failed { Invoke-EntraRequest -Uri 'v1.0/status/404' -Verbose -Debug 4>$null 5>$null }
        $text = @(
            $failed | Format-List * -Force | Out-String -Width 4000
            $failed.Exception | Format-List * -Force | Out-String -Width 4000
            [Management.Automation.PSSerializer]::Serialize($failed, (Get-TraceDepth 5))
            "$($failed.Exception.Response.RequestMessage)"
            "$($failed.TargetObject)"
        ) -join "`n"
        $text.Contains($token) | Should -BeFalse
        $text | Should -Not -Match 'Bearer ey'
    }
}

Describe 'Header fields of a refusal' {
    AfterEach { Clear-Fault }
    It 'stay with their values where one is empty' {
        Add-Fault @{ host = 'graph'; path = '/organization'; status = 404; headers = @{ 'x-empty' = ''; 'x-full' = '1'; 'x-zero' = '0' } }
        $failed = Get-Failed { Invoke-EntraRequest -Uri 'v1.0/organization' }
        $headers = $failed.Exception.Response.Headers
        $headers.GetValues('x-empty') | Should -Be ''
        $headers.GetValues('x-full') | Should -Be '1'
        $headers.GetValues('x-zero') | Should -Be '0'
    }
}

Describe 'Waiting' {
    BeforeEach { Clear-Fault }
    It 'is told of, and the request is tried again after <Status>' -ForEach @{ Status = 429 }, @{ Status = 503 }, @{ Status = 504 } {
        Add-Fault @{ host = 'graph'; path = '/organization'; status = $Status; headers = @{ 'Retry-After' = '0' } }
        $said = Get-Said { Invoke-EntraRequest -Uri 'v1.0/organization' -Verbose }
        $said.Output[0].value.Count | Should -Be 1
        ($said.Verbose -match "The answer was ${Status}: try 2 follows") | Should -Not -BeNullOrEmpty
    }
    It 'ends with the tries of the request context' {
        $before = Get-EntraRequestContext
        try {
            $null = Set-EntraRequestContext -MaxRetry 2
            Clear-Journal
            Add-Fault @{ host = 'graph'; path = '/organization'; status = 429; headers = @{ 'Retry-After' = '0' }; times = 0 }
            $failed = Get-Failed { Invoke-EntraRequest -Uri 'v1.0/organization' }
            $failed.FullyQualifiedErrorId | Should -Be 'NotSpecified,Invoke-EntraRequest'
            @(Get-Journal graph '/organization').Count | Should -Be 3
            $null = Set-EntraRequestContext -MaxRetry 0
            (Get-Failed { Invoke-EntraRequest -Uri 'v1.0/organization' }).FullyQualifiedErrorId | Should -Be 'InvokeGraphHttpResponseException,Invoke-EntraRequest'
        } finally { $null = Set-EntraRequestContext -MaxRetry $before.MaxRetry }
    }
    It 'is over when the time of the request context is' {
        try {
            $null = Set-EntraRequestContext -ClientTimeout 1
            Add-Fault @{ host = 'graph'; path = '/organization'; stall = $true }
            { Invoke-EntraRequest -Uri 'v1.0/organization' } | Should -Throw '*did not answer within 1 s*'
        } finally { $null = Set-EntraRequestContext -ClientTimeout 300 }
    }
}

Describe 'A token that is not accepted' {
    BeforeEach { Clear-Fault }
    It 'is replaced once: <How>' -ForEach @(
        @{ How = 'revoked, with a claims challenge'; Order = { $null = Invoke-Sim POST revoke @{ token = Get-EntraToken -AsPlainText } } }
        @{ How = 'refused without a challenge'; Order = { Add-Fault @{ host = 'graph'; path = '/organization'; status = 401 } } }
    ) {
        . $Order
        $before = Get-EntraToken -AsPlainText
        Clear-Journal
        $said = Get-Said { Invoke-EntraRequest -Uri 'v1.0/organization' -Verbose }
        $said.Output[0].value.Count | Should -Be 1
        $said.Verbose -match 'The token was not accepted' | Should -Not -BeNullOrEmpty
        (Get-Journal graph '/organization').status | Should -Be 401, 200
        @(Get-Journal login '/token').Count | Should -Be 1
        Get-EntraToken -AsPlainText | Should -Not -BeExactly $before
    }
    It 'is an error where there is no other' {
        Connect-Entra -Environment Sim -AccessToken (ConvertTo-Secret (New-Token)) -NoWelcome -ContextName brought
        try {
            (Get-Failed { Invoke-EntraRequest -Uri 'v1.0/organization' -ContextName brought }).FullyQualifiedErrorId |
                Should -Be 'InvokeGraphHttpResponseException,Invoke-EntraRequest'
        } finally { $null = Disconnect-Entra -ContextName brought }
    }
}

Describe 'Nobody signed in' {
    It 'ends the command with the original''s id' {
        $lines = Invoke-Fresh "Import-Module '$Manifest'; try { Invoke-MgGraphRequest -Uri 'v1.0/me' } catch { `$_.FullyQualifiedErrorId; `$_.Exception.Message }"
        $lines | Should -Be 'AuthenticationError,Invoke-EntraRequest', 'Authentication needed. Please call Connect-MgGraph.'
    }
}
