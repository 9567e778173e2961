# What an answer becomes.

# Windows PowerShell does not load this assembly by itself, so its types are not named in the script.
function Get-HttpType {
    param([string] $Name)
    $type = $Name -as [type]
    if ($type) { return $type }
    $null = [Reflection.Assembly]::Load('System.Net.Http, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b03f5f7f11d50a3a')
    $Name -as [type]
}

function Write-Content {
    param($Caller, $Bag, $Enumerate)
    $content = $Bag['Content'][0]
    if ($content -eq 'Clixml') {
        $Caller.WriteObject([Management.Automation.PSSerializer]::Deserialize([Text.Encoding]::UTF8.GetString($Bag['Bytes'])), $Enumerate)
    } elseif ($content -eq 'Text') { $Caller.WriteObject([Text.Encoding]::UTF8.GetString($Bag['Bytes'])) }
    elseif ($content -eq 'Bytes') { $Caller.WriteObject((New-ResponseMessage $Bag)) }
    elseif ($content -eq 'None') { $Caller.WriteObject($null) }
    # File and Outputs leave nothing to write.
}

# A real HttpResponseMessage. The request in it has no header fields, and so no token.
function New-ResponseMessage {
    param([Collections.Hashtable] $Bag)
    # A cast refuses statuses without a name: 509, and on Windows PowerShell 429.
    $status = [enum]::ToObject([Net.HttpStatusCode], [int]$Bag.StatusCode[0])
    $message = (Get-HttpType 'System.Net.Http.HttpResponseMessage')::new($status)
    $message.ReasonPhrase = Get-BagValue $Bag 'Reason'
    $message.Version = [version]$(if ($Bag.Version[0] -match '\.') { $Bag.Version[0] } else { "$($Bag.Version[0]).0" })
    $message.Content = ('System.Net.Http.ByteArrayContent' -as [type])::new($Bag.Bytes)
    $message.RequestMessage = ('System.Net.Http.HttpRequestMessage' -as [type])::new(
        ('System.Net.Http.HttpMethod' -as [type])::new($Bag.RequestMethod[0]), $Bag.RequestUri[0])
    $names, $values = (Get-BagList $Bag 'HeaderName'), (Get-BagList $Bag 'HeaderValue')
    for ($i = 0; $i -lt $names.Length; $i++) {
        if ($names[$i] -eq 'content-length') { continue }
        if (-not $message.Headers.TryAddWithoutValidation($names[$i], $values[$i])) {
            $null = $message.Content.Headers.TryAddWithoutValidation($names[$i], $values[$i])
        }
    }
    $message
}

# The exception that PowerShell's own web commands throw, where this edition has it: scripts catch it, or the
# HttpRequestException that it derives from, and read its Response.
function New-ResponseException {
    param([Collections.Hashtable] $Bag)
    $response = New-ResponseMessage $Bag
    $text = Get-BagValue $Bag 'Message'
    $type = 'Microsoft.PowerShell.Commands.HttpResponseException' -as [type]
    if ($type) { return $type::new($text, $response) }
    $exception = (Get-HttpType 'System.Net.Http.HttpRequestException')::new($text)
    $exception.psobject.Properties.Add([psnoteproperty]::new('Response', $response))
    $exception
}

# Name -> values; the names are not case-sensitive.
function ConvertTo-HeaderTable {
    param([Collections.Hashtable] $Bag)
    $names, $values = (Get-BagList $Bag 'HeaderName'), (Get-BagList $Bag 'HeaderValue')
    $table = [Collections.Generic.Dictionary[string, string[]]]::new([StringComparer]::OrdinalIgnoreCase)
    for ($i = 0; $i -lt $names.Length; $i++) {
        $earlier = if ($table.ContainsKey($names[$i])) { $table[$names[$i]] } else { @() }
        $table[$names[$i]] = [string[]](@($earlier) + $values[$i])
    }
    , $table
}

# The variables that the caller has named, in the caller's own scope.
function Set-RequestVariable {
    param([Management.Automation.PSCmdlet] $Caller, [Collections.IDictionary] $Given, [Collections.Hashtable] $Bag)
    $variables = $Caller.SessionState.PSVariable
    if ($Given['StatusCodeVariable'] -and $Bag.ContainsKey('StatusCode')) { $variables.Set($Given.StatusCodeVariable, [int]$Bag.StatusCode[0]) }
    if ($Given['ResponseHeadersVariable']) { $variables.Set($Given.ResponseHeadersVariable, (ConvertTo-HeaderTable $Bag)) }
    if (-not $Given['SessionVariable']) { return }
    $session = [GraphRequestSession]::new()
    $session.Headers = @{}
    if ($Given['Headers']) { foreach ($name in $Given.Headers.Keys) { $session.Headers[$name] = $Given.Headers[$name] } }
    $session.UserAgent = $Given['UserAgent']
    $variables.Set($Given.SessionVariable, $session)
}

# A token is ASCII. It never becomes text on the way.
function ConvertTo-SecureToken {
    param([byte[]] $Byte)
    $token = [securestring]::new()
    foreach ($one in $Byte) { $token.AppendChar([char]$one) }
    $token.MakeReadOnly()
    $token
}
