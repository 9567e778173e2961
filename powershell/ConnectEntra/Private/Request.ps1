# How a request crosses: as one text, built of what was given.

$script:RequestTail = $null
$script:UserAgent = $null

# These cross in a way of their own that needs checks. The others are fields, but for the body and a name on this side.
$script:OwnParameter = 'InferOutputFileName', 'PassThru', 'All', 'First', 'InputFilePath', 'OutputFilePath', 'Headers',
'GraphRequestSession', 'SessionVariable', 'ResponseHeadersVariable', 'UserAgent'
$script:NoRequestField = $script:OwnParameter + 'Body', 'StatusCodeVariable'

# The original's checks, with its ids and words.
function Stop-Request {
    param([Management.Automation.PSCmdlet] $Caller, [string] $Id, [string] $Message)
    Stop-Command $Caller "InvokeGraphRequest$Id" 'InvalidArgument' ([Management.Automation.ValidationMetadataException]::new($Message))
}

function Assert-Request {
    param([Management.Automation.PSCmdlet] $Caller, [Collections.IDictionary] $Given)
    $conflict = 'The cmdlet cannot run because the following conflicting parameters are specified: '
    if ($Given['SessionVariable'] -and $Given['GraphRequestSession']) {
        Stop-Request $Caller 'SessionConflictException' "${conflict}GraphRequestSession and SessionVariable. Specify either GraphRequestSession or SessionVariable, then retry."
    }
    if ($Given['PassThru'] -and -not $Given['OutputFilePath']) {
        Stop-Request $Caller 'OutFileMissingException' 'PassThru specified without OutputFilePath.  If PassThru is specified OutputFilePath must be specified as well.'
    }
    # An upload session takes both: the body describes the file.
    if ($null -ne $Given['Body'] -and $Given['InputFilePath'] -and "$($Given['Uri'])" -notmatch 'createUploadSession/?([?#]|$)') {
        Stop-Request $Caller 'BodyConflictException' "${conflict}Body and InputFilePath Specify either Body or InputFilePath, then retry."
    }
    if ($Given['InferOutputFileName'] -and $Given['OutputFilePath']) {
        Stop-Request $Caller 'BodyConflictException' "${conflict}InferOutputFileName and OutputFilePath. Specify either InferOutputFileName or OutputFilePath then retry."
    }
    if (($Given['All'] -or $Given['First']) -and ($Given['OutputFilePath'] -or $Given['InferOutputFileName'] -or [string]$Given['OutputType'] -eq 'HttpResponseMessage')) {
        Stop-Request $Caller 'AllConflictException' "${conflict}All and an output file, or All and HttpResponseMessage. The items of all pages are objects or JSON texts."
    }
}

# The text of a request, and its body: bytes, a stream, or nothing.
function New-Request {
    param($Caller, $Given)
    if (-not $script:RequestTail) { Initialize-Request }
    $text = $script:RequestTail + (ConvertTo-Field $Caller $Given $script:NoRequestField)
    # Scripts written for the original, which has no such warning, use its names.
    if ($Caller.MyInvocation.InvocationName -like '*Invoke-EntraRequest') { $text += "WarnOfMore=true`0" }
    foreach ($name in $Given.Keys) {
        if ($script:OwnParameter -contains $name) { $text += -join (Get-OwnField $Caller $Given); break }
    }
    $body = $Given['Body']
    if ($null -ne $body) {
        $method = $Given['Method']
        $kind, $body = ConvertTo-RequestBody $Caller $body ($null -eq $method -or [string]$method -eq 'GET')
        $text += $kind
    }
    @{ Field = $text; Body = $body }
}

# What the caller does not say itself. Later entries of a bag win over earlier ones.
function Initialize-Request {
    $version = [string]$ExecutionContext.SessionState.Module.Version
    $system = [Runtime.InteropServices.RuntimeInformation]::OSDescription
    $script:UserAgent = "Mozilla/5.0 ($([Environment]::OSVersion.Platform); $system; $([cultureinfo]::CurrentCulture.Name)) PowerShell/$($Host.Version) ConnectEntra/$version"
    $script:RequestTail = "UserAgent=$($script:UserAgent)`0ModuleVersion=$version`0"
}

function Get-OwnField {
    param([Management.Automation.PSCmdlet] $Caller, [Collections.IDictionary] $Given)
    Assert-Request $Caller $Given
    foreach ($name in 'InferOutputFileName', 'PassThru', 'All') { if ($Given[$name]) { "$name=true`0" } }
    if ($Given.ContainsKey('First')) { "First=$($Given.First)`0" }
    if ($Given.ContainsKey('ResponseHeadersVariable')) { "WantHeaders=true`0" }
    $session = $Given['GraphRequestSession']
    $agent = $Given['UserAgent']
    if (-not $agent -and $session) { $agent = $session.UserAgent }
    if ($agent) { ConvertTo-Entry $Caller 'UserAgent' $agent }
    if ($session -and $session.Headers) { Get-HeaderField $Caller $session.Headers $Given['Headers'] }
    if ($Given['Headers']) { Get-HeaderField $Caller $Given['Headers'] }
    Get-FileField $Caller $Given
}

# A name of -Except is given twice: the later one counts.
function Get-HeaderField {
    param([Management.Automation.PSCmdlet] $Caller, [Collections.IDictionary] $Header, [Collections.IDictionary] $Except)
    foreach ($name in $Header.Keys) {
        if ($null -eq $Header[$name]) { continue }
        if ($Except -and @($Except.Keys) -contains $name) { continue }
        if ("$name$($Header[$name])".Contains("`0")) {
            Stop-Command $Caller 'NotSpecified' 'InvalidOperation' ([FormatException]::new('New-line or NUL characters are not allowed in header values.'))
        }
        "HeaderName=$name`0HeaderValue=$([string]$Header[$name])`0"
    }
}

# What kind of body it is, as text, and its bytes or stream. A table with a GET joins the query; tables, objects and lists
# are JSON.
function ConvertTo-RequestBody {
    param([Management.Automation.PSCmdlet] $Caller, $Body, $IsGet)
    if ($IsGet -and $Body -is [Collections.IDictionary]) {
        $pairs = foreach ($name in $Body.Keys) {
            ConvertTo-Entry $Caller 'QueryName' $name
            ConvertTo-Entry $Caller 'QueryValue' ([string]$Body[$name])
        }
        return ("Body=Query`0" + -join $pairs), $null
    }
    if ($Body -is [byte[]]) { return "Body=Bytes`0", $Body }
    if ($Body -is [IO.Stream]) {
        $length = if ($Body.CanSeek) { "BodyLength=$($Body.Length - $Body.Position)`0BodyRewinds=true`0" }
        return "Body=Stream`0$length", $Body
    }
    $words = if ($Body -is [string]) { $Body }
    elseif ($Body -is [Collections.IEnumerable] -or $Body -is [Management.Automation.PSCustomObject]) { ConvertTo-GraphJson $Caller $Body }
    else { [string]$Body }
    "Body=Text`0", [Text.Encoding]::UTF8.GetBytes($words)
}

$script:WriteOutput = { param($Caller, $Bag) Write-Content $Caller $Bag $true }

# What PowerShell compiles for the first request takes as long as a sign-in service needs to answer. So it is done in steps,
# while the operation before it waits.
$script:FirstRequest = { Initialize-Request },
{ param($Caller) New-Request $Caller @{ Uri = [uri]'v1.0/me' } },
{
    [Management.Automation.PSSerializer]::Deserialize('<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj RefId="0"><DCT><En><S N="Key">id</S><Nil N="Value" /></En></DCT></Obj></Objs>')
}

# Sends one request and gives what came to the caller's output and variables.
function Send-Request {
    param($Caller, $Given)
    $request = New-Request $Caller $Given
    $bag = Invoke-Operation $Caller 'request' $request['Field'] -Body $request['Body'] -Output $script:WriteOutput
    if (-not $bag) { return }
    if ($Given.ContainsKey('StatusCodeVariable') -or $Given.ContainsKey('ResponseHeadersVariable') -or $Given.ContainsKey('SessionVariable')) { Set-RequestVariable $Caller $Given $bag }
    Write-Content $Caller $bag ("$($Given['OutputType'])" -eq 'PSObject')
}

# Sends what came through the pipeline as the parts of one batch.
function Send-Batch {
    param([Management.Automation.PSCmdlet] $Caller, [Collections.IDictionary] $Given, [Collections.IList] $Part)
    $own = @{}
    foreach ($name in $Given.Keys) { if ($name -ne 'Body') { $own[$name] = $Given[$name] } }
    $request = New-Request $Caller $own
    $parts = foreach ($one in $Part) { if ($one -is [string] -or $one -is [uri]) { @{ url = [string]$one } } else { $one } }
    $body = [Text.Encoding]::UTF8.GetBytes((ConvertTo-GraphJson $Caller @($parts)))
    $null = Invoke-Operation $Caller 'request' $request['Field'] -Body $body -Output $script:WriteOutput
}
