# How a request crosses. This is the path that scripts run a thousand times: one text is built of what was given.

$script:UserAgent = $null
$script:ModuleVersion = $null

# Parameters that cross under their own name, as they are.
$script:RequestText = 'Method', 'Uri', 'ContentType', 'ContextName', 'ConsistencyLevel', 'First'
$script:RequestSwitch = 'SkipHeaderValidation', 'SkipHttpErrorCheck', 'InferOutputFileName', 'PassThru', 'All', 'Batch'

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
    if ($Given.ContainsKey('All') -and ($Given.ContainsKey('OutputFilePath') -or $Given.ContainsKey('InferOutputFileName') -or [string]$Given['OutputType'] -eq 'HttpResponseMessage')) {
        Stop-Request $Caller 'AllConflictException' "${conflict}All and an output file, or All and HttpResponseMessage. The items of all pages are objects or JSON texts."
    }
}

function Add-RequestField {
    param([Management.Automation.PSCmdlet] $Caller, [Text.StringBuilder] $Text, [string] $Name, [string] $Value)
    if ($Value.IndexOf([char]0) -ge 0) { Assert-FieldText $Caller $Name $Value }
    $null = $Text.Append($Name).Append('=').Append($Value).Append([char]0)
}

# The text of a request, and its body: bytes, a stream, or nothing.
function New-Request {
    param([Management.Automation.PSCmdlet] $Caller, [Collections.IDictionary] $Given, [bool] $Verbose)
    $text = [Text.StringBuilder]::new(512)
    $method = $Given['Method']
    if ($script:Connection) { $null = $text.Append('Connection=').Append($script:Connection).Append([char]0) }
    foreach ($name in $Given.Keys) {
        $value = $Given[$name]
        if ($script:RequestText -contains $name) { Add-RequestField $Caller $text $name $(if ($value -is [uri]) { $value.OriginalString } else { [string]$value }) }
        elseif ($script:RequestSwitch -contains $name) { if ($value) { $null = $text.Append($name).Append('=true').Append([char]0) } }
        elseif ($name -eq 'OutputType') { $null = $text.Append('OutputType=').Append([string]$value).Append([char]0) }
    }
    if ($Verbose) { $null = $text.Append('Verbose=true').Append([char]0) }
    if ($Given.ContainsKey('ResponseHeadersVariable')) { $null = $text.Append('WantHeaders=true').Append([char]0) }
    $session = $Given['GraphRequestSession']
    Add-RequestAgent $Caller $text $Given $session
    if ($session -and $session.Headers) { Add-RequestHeader $Caller $text $session.Headers $Given['Headers'] }
    if ($Given['Headers']) { Add-RequestHeader $Caller $text $Given['Headers'] }
    Add-FileField $Caller $Given $text
    $body = if ($null -ne $Given['Body']) { ConvertTo-RequestBody $Caller $text $Given['Body'] ($null -eq $method -or [string]$method -eq 'GET') }
    @{ Field = $text.ToString(); Body = $body }
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

function Add-RequestAgent {
    param([Management.Automation.PSCmdlet] $Caller, [Text.StringBuilder] $Text, [Collections.IDictionary] $Given, $Session)
    if (-not $script:UserAgent) {
        $script:ModuleVersion = [string]$ExecutionContext.SessionState.Module.Version
        $system = [Runtime.InteropServices.RuntimeInformation]::OSDescription
        $script:UserAgent = "Mozilla/5.0 ($([Environment]::OSVersion.Platform); $system; $([cultureinfo]::CurrentCulture.Name)) PowerShell/$($Host.Version) ConnectEntra/$($script:ModuleVersion)"
    }
    $agent = $Given['UserAgent']
    if (-not $agent -and $Session) { $agent = $Session.UserAgent }
    if (-not $agent) { $agent = $script:UserAgent }
    Add-RequestField $Caller $Text 'UserAgent' $agent
    $null = $Text.Append('ModuleVersion=').Append($script:ModuleVersion).Append([char]0)
}

# Tells in the text what kind of body it is. A table with a GET joins the query; tables, objects and lists are JSON.
function ConvertTo-RequestBody {
    param([Management.Automation.PSCmdlet] $Caller, [Text.StringBuilder] $Text, $Body, [bool] $IsGet)
    if ($IsGet -and $Body -is [Collections.IDictionary]) {
        $null = $Text.Append('Body=Query').Append([char]0)
        foreach ($name in $Body.Keys) {
            Add-RequestField $Caller $Text 'QueryName' $name
            Add-RequestField $Caller $Text 'QueryValue' ([string]$Body[$name])
        }
        return
    }
    if ($Body -is [byte[]] -or $Body -is [IO.Stream]) {
        $null = $Text.Append('Body=Bytes').Append([char]0)
        return , $(if ($Body -is [byte[]]) { , $Body } else { $Body })
    }
    $null = $Text.Append('Body=Text').Append([char]0)
    $words = if ($Body -is [string]) { $Body }
    elseif ($Body -is [Collections.IEnumerable] -or $Body -is [Management.Automation.PSCustomObject]) { ConvertTo-GraphJson $Caller $Body }
    else { [string]$Body }
    , [Text.Encoding]::UTF8.GetBytes($words)
}

# Sends one request and gives what came to the caller's output and variables.
function Send-Request {
    param([Management.Automation.PSCmdlet] $Caller, [Collections.IDictionary] $Given, [bool] $Verbose)
    Assert-Request $Caller $Given
    $request = New-Request $Caller $Given $Verbose
    $bag = Invoke-Operation $Caller 'request' $request.Field -Body $request.Body -Output { param($Bag) Write-Content $Caller $Bag $true }
    if (-not $bag) { return }
    Set-RequestVariable $Caller $Given $bag
    Write-Content $Caller $bag ([string]$Given['OutputType'] -eq 'PSObject')
}

# Sends what came through the pipeline as the parts of one batch.
function Send-Batch {
    param([Management.Automation.PSCmdlet] $Caller, [Collections.IDictionary] $Given, [Collections.IList] $Part, [bool] $Verbose)
    $own = @{}
    foreach ($name in $Given.Keys) { if ($name -ne 'Body') { $own[$name] = $Given[$name] } }
    $request = New-Request $Caller $own $Verbose
    $parts = foreach ($one in $Part) { if ($one -is [string] -or $one -is [uri]) { @{ url = [string]$one } } else { $one } }
    $body = [Text.Encoding]::UTF8.GetBytes((ConvertTo-GraphJson $Caller @($parts)))
    $null = Invoke-Operation $Caller 'request' $request.Field -Body $body -Output { param($Bag) Write-Content $Caller $Bag $true }
}
