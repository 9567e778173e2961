# Requests to Graph: what is sent, what comes back, and as what.
BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    $sim = Start-Sim
    Connect-Sim
    function Get-Echo { Invoke-EntraRequest -Method POST -Uri 'v1.0/echo' @args }
}
AfterAll { Stop-Sim }

Describe 'Addresses' {
    It 'may be <_>' -ForEach 'v1.0/organization', '/v1.0/organization', 'beta/organization' {
        (Invoke-EntraRequest -Uri $_).value.Count | Should -Be 1
    }
    It 'may be absolute' { (Invoke-EntraRequest -Uri "$($sim.graph)/v1.0/organization").value.Count | Should -Be 1 }
    It 'keep a doubled slash as a path: the token goes nowhere else' {
        $elsewhere = $sim.graph.Replace('localhost', '127.0.0.1').Replace('https://', '')
        Clear-Journal
        { Invoke-EntraRequest -Uri "$($sim.graph)//$elsewhere/open/echo" } | Should -Throw
        Get-Journal graph '/open/echo' | Where-Object host -Like '127.0.0.1*' | Should -BeNullOrEmpty
    }
    It 'of somebody else get no token' {
        $elsewhere = $sim.graph.Replace('localhost', '127.0.0.1')
        (Invoke-EntraRequest -Uri "$elsewhere/open/echo").authorization | Should -BeFalse
        (Invoke-EntraRequest -Uri 'v1.0/organization').value.Count | Should -Be 1 -Because 'the host does not stick'
    }
    It 'get the $ that OData wants' { (Invoke-EntraRequest -Uri 'v1.0/echo?top=1&x=2').rawQuery | Should -Be '$top=1&x=2' }
    It 'are taken by position, under every name of the command' {
        (Invoke-MgGraphRequest GET 'v1.0/organization').value.Count | Should -Be 1
        (Invoke-GraphRequest 'Get' 'v1.0/organization').value.Count | Should -Be 1
        (Invoke-MgRestMethod -Uri 'v1.0/organization').value.Count | Should -Be 1
    }
}

Describe 'Bodies' {
    It 'of kind <Kind> are sent as JSON' -ForEach @(
        @{ Kind = 'table'; Body = @{ a = @{ b = @(1, $null, $true) } }; Json = '{"a":{"b":[1,null,true]}}' }
        @{ Kind = 'object'; Body = [pscustomobject]@{ a = [pscustomobject]@{ b = 'x' } }; Json = '{"a":{"b":"x"}}' }
        @{ Kind = 'list of objects'; Body = @([pscustomobject]@{ a = 1 }, @{ a = 2 }); Json = '[{"a":1},{"a":2}]' }
        @{ Kind = 'empty table'; Body = @{}; Json = '{}' }
        @{ Kind = 'table with an empty list'; Body = @{ a = @() }; Json = '{"a":[]}' }
        @{ Kind = 'typed dictionary'; Body = & { $typed = [Collections.Generic.Dictionary[string, object]]::new(); $typed['a'] = 1; @{ b = $typed } }; Json = '{"b":{"a":1}}' }
        @{ Kind = 'date'; Body = @{ a = [datetime]::new(2024, 5, 6, 7, 8, 9, [DateTimeKind]::Utc) }; Json = '{"a":"2024-05-06T07:08:09Z"}' }
        @{ Kind = 'date with an offset'; Body = @{ a = [datetimeoffset]::new(2024, 5, 6, 7, 8, 9, [timespan]'02:00') }; Json = '{"a":"2024-05-06T07:08:09+02:00"}' }
        @{ Kind = 'enumeration'; Body = @{ a = [DayOfWeek]::Monday }; Json = '{"a":1}' }
        @{ Kind = 'numbers'; Body = [ordered]@{ a = 3.0; b = 0.1; c = [decimal]2.5; d = 1e20 }; Json = '{"a":3.0,"b":0.1,"c":2.5,"d":1E+20}' }
        @{ Kind = 'bytes inside'; Body = @{ a = [byte[]](1, 2, 3) }; Json = '{"a":"AQID"}' }
        @{ Kind = 'odd characters'; Body = @{ a = "`"\/`t$([char]1)Zo$([char]0xeb)" }; Json = "{`"a`":`"\`"\\/\t\u0001Zo$([char]0xeb)`"}" }
    ) {
        $echo = Get-Echo -Body $Body
        $echo.body | Should -BeExactly $Json
        $echo.headers['content-type'] | Should -Be 'application/json'
    }
    It 'that came through a pipeline are what they were' {
        $names = 'b', 'a' | Sort-Object
        (Get-Echo -Body @{ names = $names }).body | Should -BeExactly '{"names":["a","b"]}'
    }
    It 'that are encoded already are not encoded again' {
        (Get-Echo -Body '{"a": 1}').body | Should -BeExactly '{"a": 1}'
        (Get-Echo -Body (ConvertTo-Json @{ a = @(@{ b = 1 }) } -Compress)).body | Should -BeExactly '{"a":[{"b":1}]}'
    }
    It 'are UTF-8 unless the content type names another character set' {
        $text = "{`"n`":`"Zo$([char]0xeb)`"}"
        (Get-Echo -Body $text).bodyBase64 | Should -Be ([Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($text)))
        (Get-Echo -Body $text -ContentType 'application/json; charset=iso-8859-1').bodyBase64 |
            Should -Be ([Convert]::ToBase64String([Text.Encoding]::GetEncoding('iso-8859-1').GetBytes($text)))
    }
    It 'may be bytes, a stream or a file' {
        $bytes = [byte[]](0..255)
        $base64 = [Convert]::ToBase64String($bytes)
        $file = [IO.Path]::Combine($sim.Home, 'data.bin')
        [IO.File]::WriteAllBytes($file, $bytes)
        $given = @{ ContentType = 'application/octet-stream' }
        (Get-Echo -Body $bytes @given).bodyBase64 | Should -Be $base64
        (Get-Echo -Body ([IO.MemoryStream]::new($bytes)) @given).bodyBase64 | Should -Be $base64
        (Get-Echo -InputFilePath $file @given).bodyBase64 | Should -Be $base64
    }
    It 'that are streams are sent from where they stood, at every try' {
        $stream = [IO.MemoryStream]::new([byte[]](0..255)); $stream.Position = 10
        Add-Fault @{ host = 'graph'; path = '/echo'; status = 429; headers = @{ 'Retry-After' = '0' }; times = 2 }
        (Get-Echo -Body $stream -ContentType 'application/octet-stream').bodyBase64 | Should -Be ([Convert]::ToBase64String([byte[]](10..255)))
    }
    It 'that are streams without a way back are sent once, and whole' {
        function New-Pipe { [IO.Compression.DeflateStream]::new([IO.MemoryStream]::new([Convert]::FromBase64String('S0xKBgA=')), [IO.Compression.CompressionMode]::Decompress) }
        (Get-Echo -Body (New-Pipe) -ContentType 'text/plain').body | Should -Be 'abc'
        Add-Fault @{ host = 'graph'; path = '/echo'; status = 429; headers = @{ 'Retry-After' = '0' } }
        Clear-Journal
        $failed = try { Get-Echo -Body (New-Pipe) -ContentType 'text/plain' } catch { $_ }
        $failed.FullyQualifiedErrorId | Should -BeLike 'InvokeGraphHttpResponseException,*'
        $failed.Exception.Message | Should -BeLike '*TooManyRequests*cannot go back to its start.'
        [int]$failed.Exception.Response.StatusCode | Should -Be 429
        (Get-Journal graph '/echo').body | Should -Be 'abc'
    }
    It 'that are streams which fail end the command, and nothing arrives' {
        $stream = [IO.MemoryStream]::new([byte[]](1, 2)); $stream.Dispose()
        Clear-Journal
        { Get-Echo -Body $stream } | Should -Throw -ErrorId 'BodyNotReadable,*'
        Get-Journal graph '/echo' | Should -BeNullOrEmpty
    }
    It 'of a GET that are tables join the query' {
        (Invoke-EntraRequest -Uri 'v1.0/echo?x=1' -Body @{ y = 'a b' }).rawQuery | Should -Be 'x=1&y=a+b'
    }
    It 'from the pipeline are one request each' {
        '{"a":1}', '{"a":2}' | Invoke-EntraRequest -Method POST -Uri 'v1.0/echo' | ForEach-Object { $_.body } | Should -Be '{"a":1}', '{"a":2}'
    }
    It 'that hold themselves are refused with a sentence' {
        $loop = @{}; $loop.loop = $loop
        { Get-Echo -Body $loop } | Should -Throw '*holds itself*'
    }
}

Describe 'Header fields' {
    It 'are sent, ConsistencyLevel as well' {
        $echo = Invoke-EntraRequest -Uri 'v1.0/echo' -Headers @{ 'X-One' = 1; 'X-None' = $null } -ConsistencyLevel eventual
        $echo.headers['x-one'] | Should -Be '1'
        $echo.headers.ContainsKey('x-none') | Should -BeFalse
        $echo.headers['consistencylevel'] | Should -Be 'eventual'
        $echo.headers['sdkversion'] | Should -Match '^graph-powershell/\d+\.\d+\.\d+$'
    }
    It 'stay in a session' {
        $null = Invoke-EntraRequest -Uri 'v1.0/echo' -Headers @{ 'X-One' = 'kept' } -SessionVariable kept
        (Invoke-EntraRequest -Uri 'v1.0/echo' -GraphRequestSession $kept).headers['x-one'] | Should -Be 'kept'
        (Invoke-EntraRequest -Uri 'v1.0/echo' -GraphRequestSession $kept -Headers @{ 'x-one' = 'own' }).headers['x-one'] | Should -Be 'own'
    }
    It 'cannot smuggle another one in' {
        { Invoke-EntraRequest -Uri 'v1.0/echo' -Headers @{ 'X-One' = "a`r`nX-Two: 1" } } | Should -Throw '*New-line*'
        { Invoke-EntraRequest -Uri 'v1.0/echo' -Headers @{ 'X-One' = "a$([char]0)Uri=https://x.example" } } | Should -Throw '*NUL*'
    }
}

Describe 'Answers' {
    It 'are tables whose keys are not case-sensitive' {
        $answer = Invoke-EntraRequest -Uri 'v1.0/users?$top=1'
        $answer | Should -BeOfType [hashtable]
        $answer.VALUE.GetType() | Should -Be ([object[]])
        $answer.value[0].DISPLAYNAME | Should -Not -BeNullOrEmpty
    }
    It 'are objects, JSON text or the whole response' {
        (Invoke-EntraRequest -Uri 'v1.0/users?$top=1' -OutputType PSObject).value[0] | Should -BeOfType [pscustomobject]
        Invoke-EntraRequest -Uri 'v1.0/users?$top=1' -OutputType Json | Should -Match '^\{.*"value":\[\{'
        $response = Invoke-EntraRequest -Uri 'v1.0/users?$top=1' -OutputType HttpResponseMessage
        $response.GetType().FullName | Should -Be 'System.Net.Http.HttpResponseMessage'
        [int]$response.StatusCode | Should -Be 200
        $response.Content.ReadAsStringAsync().Result | Should -Match '"value"'
        "$($response.RequestMessage)" | Should -Not -Match 'Bearer'
    }
    It 'keep their kinds of numbers and dates' {
        $numbers = Invoke-EntraRequest -Uri 'v1.0/shape/numbers'
        $numbers.int | Should -BeOfType [long]
        $numbers.huge | Should -BeOfType [bigint]
        $numbers.real | Should -BeOfType [double]
        $dates = Invoke-EntraRequest -Uri 'v1.0/shape/dates'
        $dates.utc.Kind | Should -Be 'Utc'
        $dates.bare.Kind | Should -Be 'Unspecified'
        $dates.day | Should -BeOfType [string]
    }
    It 'of 204 are one $null' { @(Invoke-EntraRequest -Uri 'v1.0/shape/empty204').Count | Should -Be 1 }
    It 'put status and header fields into variables of the caller' {
        $null = Invoke-EntraRequest -Uri 'v1.0/organization' -StatusCodeVariable status -ResponseHeadersVariable heads
        $status | Should -Be 200
        $heads['Content-Type'] | Should -Match 'application/json'
        function Get-Inner { $null = Invoke-EntraRequest -Uri 'v1.0/organization' -StatusCodeVariable inner; $inner }
        Get-Inner | Should -Be 200
        Get-Variable inner -ErrorAction Ignore | Should -BeNullOrEmpty
    }
}

Describe 'A page of ten thousand users' -Skip:($PSVersionTable.PSVersion.Major -lt 7) {
    It 'is what ConvertFrom-Json makes of its text, property by property and type by type' {
        $ours = Invoke-EntraRequest -Uri 'v1.0/big?all' -OutputType PSObject
        $theirs = Invoke-EntraRequest -Uri 'v1.0/big?all' -OutputType Json | ConvertFrom-Json
        $ours.value.Count | Should -Be 10000
        # CLIXML has names, order, types, kinds of dates and values, and a compiled walk writes it.
        $text = foreach ($one in $ours, $theirs) { [Management.Automation.PSSerializer]::Serialize($one, 9) }
        $text[0].Length | Should -BeGreaterThan 10000000
        $text[0] -ceq $text[1] | Should -BeTrue
    }
}

Describe 'Files' {
    BeforeAll { Push-Location $sim.Home }
    AfterAll { Pop-Location }
    It 'are written and say nothing' {
        Invoke-EntraRequest -Uri 'v1.0/shape/binary' -OutputFilePath out.bin | Should -BeNullOrEmpty
        [IO.File]::ReadAllBytes("$($sim.Home)/out.bin").Length | Should -Be 256
    }
    It 'are written and shown with -PassThru' {
        (Invoke-EntraRequest -Uri 'v1.0/organization' -OutputFilePath o.json -PassThru).value.Count | Should -Be 1
        (Get-Content o.json -Raw | ConvertFrom-Json).value.Count | Should -Be 1
    }
    It 'take the name that the service gives' {
        Invoke-EntraRequest -Uri 'v1.0/shape/named' -InferOutputFileName
        Get-Content "report $([char]0xe4).csv" -Raw | Should -Be 'content'
    }
    It 'are not touched by a request that <How>' -ForEach @(
        @{ How = 'is refused'; Uri = 'v1.0/status/404'; Fault = @{ host = 'graph'; path = '/nothing' } }
        @{ How = 'breaks off'; Uri = 'v1.0/organization'; Fault = @{ host = 'graph'; path = '/organization'; cut = 9; times = 0 } }
    ) {
        Set-Content old.json 'old'
        $limits = Get-EntraRequestContext
        try {
            $null = Set-EntraRequestContext -MaxRetry 0
            Add-Fault $Fault
            { Invoke-EntraRequest -Uri $Uri -OutputFilePath old.json } | Should -Throw
        } finally { Clear-Fault; $null = Set-EntraRequestContext -MaxRetry $limits.MaxRetry }
        Get-Content old.json | Should -Be 'old'
        Get-ChildItem -Filter '.entra-*' -Force | Should -BeNullOrEmpty
    }
    It 'go up in pieces and come down whole' {
        $bytes = [byte[]]::new(12MB); [Random]::new(7).NextBytes($bytes)
        [IO.File]::WriteAllBytes("$($sim.Home)/large.bin", $bytes)
        $item = Invoke-EntraRequest -Method POST -Uri 'v1.0/me/drive/root:/large.bin:/createUploadSession' -InputFilePath large.bin
        $item.size | Should -Be $bytes.Length
        Invoke-EntraRequest -Uri 'v1.0/me/drive/root:/large.bin:/content' -OutputFilePath back.bin
        (Get-FileHash back.bin).Hash | Should -Be (Get-FileHash large.bin).Hash
    }
    It 'go up through a session that a body describes' {
        [IO.File]::WriteAllBytes("$($sim.Home)/small.bin", [byte[]](1..9))
        Clear-Journal
        $body = @{ item = @{ '@microsoft.graph.conflictBehavior' = 'replace' } }
        $item = Invoke-EntraRequest -Method POST -Uri 'v1.0/me/drive/root:/small.bin:/createUploadSession' -Body $body -InputFilePath small.bin
        $item.size | Should -Be 9
        (Get-Journal graph)[0].body | Should -BeLike '*conflictBehavior*replace*'
    }
}

Describe 'What is large' {
    It 'is not held: a file and a stream that are sent' {
        $folder = $sim.Home
        $place = "$($sim.graph.Replace('localhost', '127.0.0.1'))/open/x"
        foreach ($size in 2MB, 200MB) { $file = [IO.File]::Create("$folder/$size"); $file.SetLength($size); $file.Dispose() }
        $grown = Invoke-Fresh @"
            Import-Module '$Manifest'
            Connect-Entra -Environment Sim -AccessToken (ConvertTo-SecureString '$(New-Token)' -AsPlainText -Force) -NoWelcome
            function Send-Large (`$Size) {
                `$null = Invoke-EntraRequest -Method PUT -Uri '$place' -InputFilePath "$folder/`$Size"
                `$file = [IO.File]::OpenRead("$folder/`$Size")
                try { `$null = Invoke-EntraRequest -Method PUT -Uri '$place' -Body `$file } finally { `$file.Dispose() }
            }
            Send-Large $(2MB)
            `$before = [Diagnostics.Process]::GetCurrentProcess().PeakWorkingSet64
            Send-Large $(200MB)
            [int](([Diagnostics.Process]::GetCurrentProcess().PeakWorkingSet64 - `$before) / 1MB)
"@
        (Get-Journal graph '/open/x').body_length | Should -Be 2MB, 2MB, 200MB, 200MB
        # What grows is .NET's: see tests/python/large.py.
        [int]$grown | Should -BeLessThan 90
    }
}

Describe 'All pages' {
    It 'come item by item' {
        $users = Invoke-EntraRequest -Uri 'v1.0/users?$top=500&$select=id' -All
        $users.Count | Should -BeGreaterThan 2000
        @($users.id | Sort-Object -Unique).Count | Should -Be $users.Count
    }
    It 'are nothing where they are empty, as <Type>' -ForEach @{ Type = 'HashTable' }, @{ Type = 'PSObject' }, @{ Type = 'Json' } {
        $items = @(Invoke-EntraRequest -Uri 'v1.0/links/empty' -All -First 2 -OutputType $Type -WarningAction Ignore)
        $items.Count | Should -Be 2
        $items | ForEach-Object { $_ | Should -Not -BeNullOrEmpty }
    }
    It 'stop where nobody reads on' {
        Clear-Journal
        @(Invoke-EntraRequest -Uri 'v1.0/users?$top=1&$select=id' -All | Select-Object -First 2).Count | Should -Be 2
        @(Get-Journal graph '/v1.0/users').Count | Should -BeLessThan 12
    }
    It 'end at -First with a warning, and without one where that was all' {
        $said = Get-Said { Invoke-EntraRequest -Uri 'v1.0/users?$top=3&$select=id' -All -First 4 -OutputType PSObject }
        $said.Output.Count | Should -Be 4
        $said.Warning | Should -Match 'truncated after 4 items'
        (Get-Said { Invoke-EntraRequest -Uri 'v1.0/organization' -All -First 4 }).Warning | Should -BeNullOrEmpty
        @(Invoke-EntraRequest -Uri 'v1.0/users?$top=3&$select=id' -First 4 -WarningAction Ignore).Count | Should -Be 4 -Because 'it asks for items by itself'
    }
    It 'that are not asked for are warned of, but not under the names of the original, nor where items were counted' {
        $warning = 'The result was truncated, there are more pages: use -All to get them'
        (Get-Said { Invoke-EntraRequest -Uri 'v1.0/users' }).Warning | Should -Be $warning
        (Get-Said { ConnectEntra\Invoke-EntraRequest -Uri 'v1.0/users' }).Warning | Should -Be $warning
        (Get-Said { Invoke-EntraRequest -Uri 'v1.0/organization' }).Warning | Should -BeNullOrEmpty
        (Get-Said { Invoke-EntraRequest -Uri 'v1.0/users?$top=2' }).Warning | Should -BeNullOrEmpty
        (Get-Said { Invoke-EntraRequest -Uri (Invoke-MgGraphRequest -Uri 'v1.0/users')['@odata.nextLink'] }).Warning | Should -BeNullOrEmpty
        (Get-Said { Invoke-MgGraphRequest -Uri 'v1.0/users'; Invoke-GraphRequest -Uri 'v1.0/users' }).Warning | Should -BeNullOrEmpty
        (Get-Said { Invoke-MgRestMethod -Uri 'v1.0/users'; & 'Invoke-MgGraphRequest' -Uri 'v1.0/users' }).Warning | Should -BeNullOrEmpty
    }
    It 'that are not asked for are told of with -Verbose' {
        (Get-Said { Invoke-EntraRequest -Uri 'v1.0/users?$top=1' -Verbose }).Verbose -match 'use -All' | Should -Not -BeNullOrEmpty
        (Get-Said { Invoke-EntraRequest -Uri 'v1.0/organization' -Verbose }).Verbose -match 'use -All' | Should -BeNullOrEmpty
    }
    It 'never lead the token to <_>' -ForEach 'foreign', 'slashes', 'userinfo', 'backslash', 'port' {
        Clear-Journal
        { Invoke-EntraRequest -Uri "v1.0/links/$_" -All } | Should -Throw
        Get-Journal '' '/open/' | Where-Object { $_.headers.psobject.Properties['authorization'] } | Should -BeNullOrEmpty
    }
}

Describe 'Batches' {
    It 'do not lose a part that is nothing' {
        { '', '/organization' | Invoke-EntraRequest -Uri 'v1.0/$batch' -Batch } | Should -Throw
        { $null, '/organization' | Invoke-EntraRequest -Uri 'v1.0/$batch' -Batch } | Should -Throw
    }
    It 'take what the pipeline brings and answer in its order' {
        $answers = '/organization', @{ url = '/users/nobody'; id = 'x' }, [pscustomobject]@{ url = '/echo'; method = 'POST'; body = @{ a = 1 } } |
            Invoke-EntraRequest -Uri 'v1.0/$batch' -Batch
        $answers.id | Should -Be '1', 'x', '2'
        $answers.status | Should -Be 200, 404, 200
        $answers[2].body.json.a | Should -Be 1
    }
    It 'give what the other parts did where one answer does not become an object' {
        Add-Fault @{ host = 'graph'; path = '/organization'; status = 200; body = '{"a":1,"A":2}' }
        $said = Get-Said {
            @{ url = '/echo'; method = 'POST'; body = @{ n = 1 } }, @{ url = '/organization' }, @{ url = '/echo'; method = 'POST'; body = @{ n = 3 } } |
                Invoke-EntraRequest -Uri 'v1.0/$batch' -Batch
        }
        $said.Output.body.json.n | Should -Be 1, 3
        $said.Terminating.FullyQualifiedErrorId | Should -BeLike 'InvokeGraphRequestDuplicateKeysInJsonString,*'
    }
    It 'are twenty to a call, and throttled parts are tried again' {
        Clear-Journal
        Add-Fault @{ host = 'graph'; path = '/organization'; status = 429; headers = @{ 'Retry-After' = '0' }; times = 2 }
        @(1..45 | ForEach-Object { '/organization' } | Invoke-EntraRequest -Uri 'v1.0/$batch' -Batch | Where-Object { $_.status -eq 200 }).Count | Should -Be 45
        @(Get-Journal graph 'batch').Count | Should -BeGreaterOrEqual 3
    }
}

Describe 'What if' {
    It 'is told for what writes, and nothing is sent' {
        Clear-Journal
        Invoke-EntraRequest -Method DELETE -Uri 'v1.0/users/x' -WhatIf | Should -BeNullOrEmpty
        Get-Journal graph '/users/x' | Should -BeNullOrEmpty
    }
    It 'does not hold a GET back' { (Invoke-EntraRequest -Uri 'v1.0/organization' -WhatIf).value.Count | Should -Be 1 }
}

Describe 'Several connections' {
    It 'are told apart by name' {
        Connect-Sim -ContextName second
        (Invoke-EntraRequest -Uri 'v1.0/organization' -ContextName second).value.Count | Should -Be 1
        { Invoke-EntraRequest -Uri 'v1.0/organization' -ContextName nobody } | Should -Throw -ErrorId 'ContextNotFound,*'
        $null = Disconnect-Entra -ContextName second
    }
}
