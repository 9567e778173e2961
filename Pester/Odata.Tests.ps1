# Requests to an OData service that was not written here: npm @sap/cds with 2,500 users. Its links to the next page are
# relative and its error codes are numbers, unlike Graph's.
BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    . ([IO.Path]::Combine($PSScriptRoot, 'Peer.ps1'))
    $sim = Start-Sim
    function Get-Failed { param([scriptblock] $Script) try { & $Script } catch { $_ } }
    $gap = Get-PeerGap '@sap/cds'
    if (-not $gap) {
        $service = Start-Peer 'odata/server.mjs'
        $null = Add-EntraEnvironment -Name Odata -AzureADEndpoint $sim.login -GraphEndpoint $service.Address
        Connect-Entra -Environment Odata -AccessToken (ConvertTo-Secret (New-Token)) -NoWelcome
    }
}
AfterAll {
    Stop-Peer $service
    Stop-Sim
}

Describe 'Pages of @sap/cds' {
    BeforeEach { Skip-Case $gap }
    It 'come whole and in order over relative links' {
        $users = Invoke-EntraRequest -Uri 'v1.0/users' -All -OutputType PSObject
        $users.Count | Should -Be 2500
        $users.employeeNumber | Should -Be (1..2500)
    }
    It 'keep the query that was asked with' {
        $users = Invoke-EntraRequest -Uri "v1.0/users?`$select=id,department&`$filter=department eq 'Legal'&`$orderby=employeeNumber desc" -All
        $users.Count | Should -Be 625
        $users[0].id | Should -Be '71000000-0000-4000-8000-0000000009c2'
        $users[0].Keys | Sort-Object | Should -Be 'department', 'id'
        $users.department | Sort-Object -Unique | Should -Be 'Legal'
    }
    It 'are nothing where nothing is found' {
        @(Invoke-EntraRequest -Uri "v1.0/users?`$filter=department eq 'None'" -All).Count | Should -Be 0
    }
    It 'end at -First with a warning' {
        $said = Get-Said { Invoke-EntraRequest -Uri 'v1.0/users' -All -First 150 }
        $said.Output.Count | Should -Be 150
        $said.Warning | Should -Match 'truncated after 150 items'
    }
    It 'are one without -All, with a warning' {
        $said = Get-Said { Invoke-EntraRequest -Uri 'v1.0/users' }
        $said.Output[0].value.Count | Should -Be 100
        $said.Warning | Should -Match 'use -All'
    }
}

Describe 'Filters of @sap/cds' {
    BeforeEach { Skip-Case $gap }
    It 'find <Count> for <Filter>' -ForEach @(
        @{ Filter = "startswith(displayName,'Zo')"; Count = 50 }
        @{ Filter = "displayName eq 'Zo$([char]0xeb) O''Neil & S$([char]0xf8)n 50'"; Count = 1 }
        @{ Filter = 'department eq null'; Count = 625 }
        @{ Filter = 'accountEnabled eq false and employeeNumber le 100'; Count = 20 }
        @{ Filter = 'createdDateTime ge 2026-01-28T00:00:00Z'; Count = 89 }
    ) {
        $page = Invoke-EntraRequest -Uri "v1.0/users?`$count=true&`$top=1&`$filter=$([uri]::EscapeDataString($Filter))"
        $page['@odata.count'] | Should -Be $Count
        $page.value.Count | Should -Be 1
    }
    It 'may come as a table' {
        $page = Invoke-EntraRequest -Uri 'v1.0/users' -Body @{ '$filter' = "contains(displayName,'50')"; '$top' = '2'; '$select' = 'employeeNumber' }
        $page.value.employeeNumber | Should -Be 50, 150
    }
}

Describe 'Objects of @sap/cds' {
    BeforeEach { Skip-Case $gap }
    It 'are made, changed and deleted, with their characters' {
        $name = "$([char]0x17d)$([char]::ConvertFromUtf32(0x1f600)) 'n' & ""q"""
        $made = Invoke-EntraRequest -Method POST -Uri 'v1.0/users' -Body @{ id = 'new'; displayName = $name; userPrincipalName = 'new@contoso.test'; accountEnabled = $true } -StatusCodeVariable status
        $status | Should -Be 201
        $made.displayName | Should -BeExactly $name
        $null = Invoke-EntraRequest -Method PATCH -Uri 'v1.0/users/new' -Body ([pscustomobject]@{ department = 'Legal'; employeeNumber = 7 })
        $read = Invoke-EntraRequest -Uri 'v1.0/users/new'
        $read.displayName, $read.department, $read.employeeNumber, $read.accountEnabled | Should -BeExactly $name, 'Legal', 7, $true
        Invoke-EntraRequest -Method DELETE -Uri 'v1.0/users/new' -StatusCodeVariable status | Should -BeNullOrEmpty
        $status | Should -Be 204
        { Invoke-EntraRequest -Uri 'v1.0/users/new' } | Should -Throw -ErrorId 'InvokeGraphHttpResponseException,*'
    }
}

Describe 'Batches of @sap/cds' {
    BeforeEach { Skip-Case $gap }
    It 'are split, and answered in order' {
        $answers = 1..45 | ForEach-Object { '/users/71000000-0000-4000-8000-{0:x12}' -f $_ } | Invoke-EntraRequest -Uri 'v1.0/$batch' -Batch
        $answers.body.employeeNumber | Should -Be (1..45)
        $answers.status | Sort-Object -Unique | Should -Be 200
    }
    It 'have a part that fails, and one that depends on it' {
        $answers = @{ id = 'a'; url = '/users/nobody' }, @{ id = 'b'; url = '/users?$top=1'; dependsOn = @('a') }, @{ id = 'c'; url = '/users?$top=1' } |
            Invoke-EntraRequest -Uri 'v1.0/$batch' -Batch
        $answers.id | Should -Be 'a', 'b', 'c'
        $answers.status | Should -Be 404, 424, 200
    }
    It 'write' {
        $answers = @{ id = '1'; url = '/users'; method = 'POST'; body = @{ id = 'batched'; displayName = 'B'; userPrincipalName = 'b@contoso.test' } },
            [pscustomobject]@{ id = '2'; url = '/users/batched'; method = 'DELETE'; dependsOn = @('1') } | Invoke-EntraRequest -Uri 'v1.0/$batch' -Batch
        $answers.status | Should -Be 201, 204
    }
}

Describe 'Errors of @sap/cds' {
    BeforeEach { Skip-Case $gap }
    It 'are told with code and message: <Uri>' -ForEach @(
        @{ Uri = 'v1.0/users?$filter=nope eq 1'; Status = 400; Text = '*nope*' }
        @{ Uri = 'v1.0/users/nobody'; Status = 404; Text = '*' }
        @{ Uri = 'v1.0/nobody'; Status = 404; Text = '*Graph.nobody*' }
    ) {
        $failed = Get-Failed { Invoke-EntraRequest -Uri $Uri }
        $failed.FullyQualifiedErrorId | Should -Be 'InvokeGraphHttpResponseException,Invoke-EntraRequest'
        $failed.Exception.Code | Should -Be "$Status"
        [int]$failed.Exception.Response.StatusCode | Should -Be $Status
        $message = $failed.ErrorDetails.Message
        ($message.Substring($message.IndexOf("`r`n`r`n")) | ConvertFrom-Json).error.message | Should -BeLike $Text
    }
    It 'are the answer with -SkipHttpErrorCheck' {
        (Invoke-EntraRequest -Uri 'v1.0/users/nobody' -SkipHttpErrorCheck -StatusCodeVariable status).error.code | Should -Be '404'
        $status | Should -Be 404
    }
    It 'end a walk over pages' {
        { Invoke-EntraRequest -Uri 'v1.0/users?$filter=nope eq 1' -All } | Should -Throw -ErrorId 'InvokeGraphHttpResponseException,*'
    }
}
