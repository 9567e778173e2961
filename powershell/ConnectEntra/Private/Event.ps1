# What the library tells on the way, shown through the exported command: -Verbose, 6> and preferences are the caller's.

# Text for the person goes to the host through the information stream: it is seen even where the output is assigned.
function Show-Message {
    param([Management.Automation.PSCmdlet] $Caller, [string] $Text)
    $Caller.WriteInformation([Management.Automation.HostInformationMessage]@{ Message = $Text }, [string[]]@('PSHOST'))
}

function Show-Log {
    param([hashtable] $Call, [Collections.Hashtable] $Bag)
    $text = Get-BagValue $Bag 'Text'
    if ((Get-BagValue $Bag 'Level') -eq 'Debug') { $Call.Caller.WriteDebug($text) } else { $Call.Caller.WriteVerbose($text) }
}

function Show-Progress {
    param([hashtable] $Call, [Collections.Hashtable] $Bag)
    $status = Get-BagValue $Bag 'Status'
    if (-not $status) { $status = ' ' }
    $record = [Management.Automation.ProgressRecord]::new(1, (Get-BagValue $Bag 'Activity'), $status)
    $percent = Get-BagValue $Bag 'Percent'
    if ($percent) { $record.PercentComplete = [int]$percent }
    $seconds = Get-BagValue $Bag 'SecondsRemaining'
    if ($seconds) { $record.SecondsRemaining = [int]$seconds }
    if (Test-BagValue $Bag 'Completed') { $record.RecordType = 'Completed' }
    $Call.Caller.WriteProgress($record)
}

# What the library asks for on the way. Each function gives the fields of the answer, as a table or the text of a bag; $Call is the running operation.

# Variables that exist in this session. The process's own environment does not show what a script has set.
function Get-VariableAnswer {
    param($Call, $Bag)
    $answer = ''
    foreach ($name in $Bag['Name']) {
        $value = [Environment]::GetEnvironmentVariable($name)
        if ($null -ne $value) { $answer += "$name=$value`0" }
    }
    foreach ($name in $Bag['Secret']) {
        $value = [Environment]::GetEnvironmentVariable($name)
        if ($null -ne $value) { Send-Secret $Call $name $value }
    }
    if ($Bag['All']) { $answer += Get-AllVariable }
    $answer
}

function Get-AllVariable {
    $all = [Environment]::GetEnvironmentVariables()
    -join $(foreach ($name in $all.Keys) { if ($name -match '^[!-<>-~]+$') { "$name=$($all[$name])`0" } })
}

# The certificate, as far as it can be used. Its object stays here under an invented id.
function Get-CertificateAnswer {
    param([hashtable] $Call, [Collections.Hashtable] $Bag)
    $given = Test-BagValue $Bag 'Given'
    $answer = if ($given) { @{ Found = 'Yes'; Certificate = $Call.Certificate } }
    else { Find-Certificate (Get-BagValue $Bag 'Thumbprint') (Get-BagValue $Bag 'Subject') }
    if ($answer.Found -ne 'Yes') { return $answer }
    $certificate = $answer.Certificate
    $answer = Test-CertificateKey $certificate
    if ($answer.Found -ne 'Yes') { return $answer }
    $answer.Key = Add-Key $certificate -Given:$given
    $Call.Key += , $answer.Key
    $answer.Certificate = [Convert]::ToBase64String($certificate.RawData)
    if (Test-BagValue $Bag 'Chain') { $answer.Chain = @(Get-CertificateChain $certificate) }
    $answer
}

# Runs the person's script block for a fresh assertion: an unbound copy, in the global scope, since its own runspace may
# be another one and nothing of this module should be seen in it.
function Get-AssertionAnswer {
    param([hashtable] $Call, [Collections.Hashtable] $Bag)
    $entry = Get-Key (Get-BagValue $Bag 'Key')
    if (-not $entry) { return @{ Failed = 'the script block of this connection is gone' } }
    try {
        $copy = [scriptblock]::Create($entry.Value)
        $assertion = & ([psmoduleinfo]::new($true)) $copy | Select-Last
    } catch {
        return @{ Failed = $_.Exception.Message }
    }
    if ($assertion -isnot [securestring] -and -not [string]$assertion) { return @{ Failed = 'the script block gave nothing' } }
    Send-Secret $Call 'Assertion' $assertion
    @{}
}

function Select-Last {
    param([Parameter(ValueFromPipeline)] $InputObject)
    end { $InputObject }
}

# What becomes of each event but the last one: a function or a block that takes the operation and the event's fields. Where
# it gives something, that answers the event.
$script:EventHandler = @{
    $script:EventKind['Log']            = 'Show-Log'
    $script:EventKind['Warning']        = { param($Call, $Bag) $Call.Caller.WriteWarning((Get-BagValue $Bag 'Text')) }
    $script:EventKind['Message']        = { param($Call, $Bag) Show-Message $Call.Caller (Get-BagValue $Bag 'Text') }
    $script:EventKind['Progress']       = 'Show-Progress'
    $script:EventKind['Page']           = { }      # the library opens it
    $script:EventKind['AskVariables']   = 'Get-VariableAnswer'
    $script:EventKind['AskCertificate'] = 'Get-CertificateAnswer'
    $script:EventKind['AskSignature']   = { param($Call, $Bag) Get-Signature (Get-BagValue $Bag 'Key') (Get-BagValue $Bag 'Digest') (Get-BagValue $Bag 'Padding') }
    $script:EventKind['AskAssertion']   = 'Get-AssertionAnswer'
    $script:EventKind['Output']         = { param($Call, $Bag) & $Call.Output $Call.Caller $Bag }
    $script:EventKind['WantBody']       = 'Send-Piece'
}
