# How a request crosses. This is the path that scripts run a thousand times: one text is built of what was given.

$script:RequestTail = $null
$script:UserAgent = $null

# How each parameter crosses: as its text, as a switch, or by a way of its own that needs checks.
$script:RequestParameter = @{
    Method = 'Text'; Uri = 'Text'; ContentType = 'Text'; ContextName = 'Text'; ConsistencyLevel = 'Text'; OutputType = 'Text'
    SkipHeaderValidation = 'Switch'; SkipHttpErrorCheck = 'Switch'; Batch = 'Switch'
    InferOutputFileName = 'Own'; PassThru = 'Own'; All = 'Own'; First = 'Own'; InputFilePath = 'Own'; OutputFilePath = 'Own'
    Headers = 'Own'; GraphRequestSession = 'Own'; SessionVariable = 'Own'; ResponseHeadersVariable = 'Own'; UserAgent = 'Own'
}

# The original's checks, with its ids and words.
function Stop-Request {
    param([Management.Automation.PSCmdlet] $Caller, [string] $Id, [string] $Message)
    Stop-Command $Caller "InvokeGraphRequest$Id" 'InvalidArgument' ([Management.Automation.ValidationMetadataException]::new($Message))
}

function Assert-Request {
    param([Management.Automation.PSCmdlet] $Caller, [Collections.IDictionary] $Given)
    $conflict = 'The cmdlet cannot run because the following conflicting parameters are specified: '
    if ($Given.ContainsKey('SessionVariable') -and $Given.ContainsKey('GraphRequestSession')) {
        Stop-Request $Caller 'SessionConflictException' "${conflict}GraphRequestSession and SessionVariable. Specify either GraphRequestSession or SessionVariable, then retry."
    }
    if ($Given.ContainsKey('PassThru') -and -not $Given.ContainsKey('OutputFilePath')) {
        Stop-Request $Caller 'OutFileMissingException' 'PassThru specified without OutputFilePath.  If PassThru is specified OutputFilePath must be specified as well.'
    }
    if ($Given.ContainsKey('Body') -and $Given.ContainsKey('InputFilePath')) {
        Stop-Request $Caller 'BodyConflictException' "${conflict}Body and InputFilePath Specify either Body or InputFilePath, then retry."
    }
    if ($Given.ContainsKey('InferOutputFileName') -and $Given.ContainsKey('OutputFilePath')) {
        Stop-Request $Caller 'BodyConflictException' "${conflict}InferOutputFileName and OutputFilePath. Specify either InferOutputFileName or OutputFilePath then retry."
    }
    if (($Given.ContainsKey('All') -or $Given.ContainsKey('First')) -and ($Given.ContainsKey('OutputFilePath') -or $Given.ContainsKey('InferOutputFileName') -or [string]$Given['OutputType'] -eq 'HttpResponseMessage')) {
        Stop-Request $Caller 'AllConflictException' "${conflict}All and an output file, or All and HttpResponseMessage. The items of all pages are objects or JSON texts."
    }
}

function Add-RequestField {
    param([Management.Automation.PSCmdlet] $Caller, [Text.StringBuilder] $Text, [string] $Name, [string] $Value)
    if ($Value.IndexOf([char]0) -ge 0) { Assert-FieldText $Caller $Name $Value }
    $null = $Text.Append("$Name=$Value`0")
}

# The text of a request, and its body: bytes, a stream, or nothing.
function New-Request {
    param([Management.Automation.PSCmdlet] $Caller, [Collections.IDictionary] $Given, [bool] $Verbose, [bool] $Debugging)
    if (-not $script:RequestTail) { Initialize-Request }
    $text = [Text.StringBuilder]::new($script:RequestTail, 512)
    if ($script:Connection) { $null = $text.Append("Connection=$($script:Connection)`0") }
    if ($Verbose) { $null = $text.Append("Verbose=true`0") }
    if ($Debugging) { $null = $text.Append("Debug=true`0") }
    # Scripts written for the original, which has no such warning, use its names.
    if ($Caller.MyInvocation.InvocationName -like '*Invoke-EntraRequest') { $null = $text.Append("WarnOfMore=true`0") }
    $own = $false
    foreach ($name in $Given.Keys) {
        $how = $script:RequestParameter[$name]
        if ($how -eq 'Text') {
            $value = if ($name -eq 'Uri') { $Given[$name].OriginalString } else { [string]$Given[$name] }
            if ($value.IndexOf([char]0) -ge 0) { Assert-FieldText $Caller $name $value }
            $null = $text.Append("$name=$value`0")
        } elseif ($how -eq 'Switch') {
            if ($Given[$name]) { $null = $text.Append("$name=true`0") }
        } elseif ($how) { $own = $true }
    }
    if ($own) { Add-OwnField $Caller $Given $text }
    $body = $Given['Body']
    if ($null -ne $body) {
        $method = $Given['Method']
        $body = ConvertTo-RequestBody $Caller $text $body ($null -eq $method -or [string]$method -eq 'GET')
    }
    @{ Field = $text.ToString(); Body = $body }
}

# What the caller does not say itself. Later entries of a bag win over earlier ones.
function Initialize-Request {
    $version = [string]$ExecutionContext.SessionState.Module.Version
    $system = [Runtime.InteropServices.RuntimeInformation]::OSDescription
    $script:UserAgent = "Mozilla/5.0 ($([Environment]::OSVersion.Platform); $system; $([cultureinfo]::CurrentCulture.Name)) PowerShell/$($Host.Version) ConnectEntra/$version"
    $script:RequestTail = "UserAgent=$($script:UserAgent)`0ModuleVersion=$version`0"
}

function Add-OwnField {
    param([Management.Automation.PSCmdlet] $Caller, [Collections.IDictionary] $Given, [Text.StringBuilder] $Text)
    Assert-Request $Caller $Given
    foreach ($name in 'InferOutputFileName', 'PassThru', 'All') { if ($Given[$name]) { $null = $Text.Append("$name=true`0") } }
    if ($Given.ContainsKey('First')) { $null = $Text.Append("First=$($Given.First)`0") }
    if ($Given.ContainsKey('ResponseHeadersVariable')) { $null = $Text.Append("WantHeaders=true`0") }
    $session = $Given['GraphRequestSession']
    $agent = $Given['UserAgent']
    if (-not $agent -and $session) { $agent = $session.UserAgent }
    if ($agent) { Add-RequestField $Caller $Text 'UserAgent' $agent }
    if ($session -and $session.Headers) { Add-RequestHeader $Caller $Text $session.Headers $Given['Headers'] }
    if ($Given['Headers']) { Add-RequestHeader $Caller $Text $Given['Headers'] }
    Add-FileField $Caller $Given $Text
}

# A name of -Except is given twice: the later one counts.
function Add-RequestHeader {
    param([Management.Automation.PSCmdlet] $Caller, [Text.StringBuilder] $Text, [Collections.IDictionary] $Header, [Collections.IDictionary] $Except)
    foreach ($name in $Header.Keys) {
        if ($null -eq $Header[$name]) { continue }
        if ($Except -and @($Except.Keys) -contains $name) { continue }
        if ("$name$($Header[$name])".IndexOf([char]0) -ge 0) {
            Stop-Command $Caller 'NotSpecified' 'InvalidOperation' ([FormatException]::new('New-line or NUL characters are not allowed in header values.'))
        }
        Add-RequestField $Caller $Text 'HeaderName' $name
        Add-RequestField $Caller $Text 'HeaderValue' ([string]$Header[$name])
    }
}

# Tells in the text what kind of body it is. A table with a GET joins the query; tables, objects and lists are JSON.
function ConvertTo-RequestBody {
    param([Management.Automation.PSCmdlet] $Caller, [Text.StringBuilder] $Text, $Body, [bool] $IsGet)
    if ($IsGet -and $Body -is [Collections.IDictionary]) {
        $null = $Text.Append("Body=Query`0")
        foreach ($name in $Body.Keys) {
            Add-RequestField $Caller $Text 'QueryName' $name
            Add-RequestField $Caller $Text 'QueryValue' ([string]$Body[$name])
        }
        return
    }
    if ($Body -is [byte[]]) { $null = $Text.Append("Body=Bytes`0"); return , $Body }
    if ($Body -is [IO.Stream]) {
        $null = $Text.Append("Body=Stream`0")
        if ($Body.CanSeek) { $null = $Text.Append("BodyLength=$($Body.Length - $Body.Position)`0BodyRewinds=true`0") }
        return , $Body
    }
    $null = $Text.Append("Body=Text`0")
    $words = if ($Body -is [string]) { $Body }
    elseif ($Body -is [Collections.IEnumerable] -or $Body -is [Management.Automation.PSCustomObject]) { ConvertTo-GraphJson $Caller $Body }
    else { [string]$Body }
    , [Text.Encoding]::UTF8.GetBytes($words)
}

$script:WriteOutput = { param($Caller, $Bag) Write-Content $Caller $Bag $true }

# Sends one request and gives what came to the caller's output and variables.
function Send-Request {
    param([Management.Automation.PSCmdlet] $Caller, [Collections.IDictionary] $Given, [bool] $Verbose, [bool] $Debugging)
    $request = New-Request $Caller $Given $Verbose $Debugging
    $bag = Invoke-Operation $Caller 'request' $request.Field -Body $request.Body -Output $script:WriteOutput
    if (-not $bag) { return }
    if ($Given.ContainsKey('StatusCodeVariable') -or $Given.ContainsKey('ResponseHeadersVariable') -or $Given.ContainsKey('SessionVariable')) { Set-RequestVariable $Caller $Given $bag }
    Write-Content $Caller $bag ([string]$Given['OutputType'] -eq 'PSObject')
}

# Sends what came through the pipeline as the parts of one batch.
function Send-Batch {
    param([Management.Automation.PSCmdlet] $Caller, [Collections.IDictionary] $Given, [Collections.IList] $Part, [bool] $Verbose, [bool] $Debugging)
    $own = @{}
    foreach ($name in $Given.Keys) { if ($name -ne 'Body') { $own[$name] = $Given[$name] } }
    $request = New-Request $Caller $own $Verbose $Debugging
    $parts = foreach ($one in $Part) { if ($one -is [string] -or $one -is [uri]) { @{ url = [string]$one } } else { $one } }
    $body = [Text.Encoding]::UTF8.GetBytes((ConvertTo-GraphJson $Caller @($parts)))
    $null = Invoke-Operation $Caller 'request' $request.Field -Body $body -Output $script:WriteOutput
}
