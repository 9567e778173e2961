# A script module does not see the preference variables of its caller: its scope chain goes from the module to the
# global scope. Every exported function dot-sources this block first, so that $ErrorActionPreference = 'Stop' in a
# script stops our errors as it does those of a compiled command.
$script:UseCallerPreference = {
    param($Caller, $Given)
    if ($script:Restricted) {
        # No .NET call is allowed here, so this one error cannot go through $PSCmdlet.
        Write-Error -ErrorId 'LanguageModeNotSupported' -Category PermissionDenied -ErrorAction Stop -Message (
            "ConnectEntra calls a native library, which the language mode '$($ExecutionContext.SessionState.LanguageMode)' " +
            'of this session does not allow. Have the module trusted by the policy of this computer (a signed module runs ' +
            'in full language), or use a session in full language.')
    }
    # One by one, since a loop costs three times as much, and every command begins here.
    if (-not $Given.ContainsKey('ErrorAction')) { $ErrorActionPreference = $Caller.GetVariableValue('ErrorActionPreference') }
    if (-not $Given.ContainsKey('WarningAction')) { $WarningPreference = $Caller.GetVariableValue('WarningPreference') }
    if (-not $Given.ContainsKey('InformationAction')) { $InformationPreference = $Caller.GetVariableValue('InformationPreference') }
    if (-not $Given.ContainsKey('Verbose')) { $VerbosePreference = $Caller.GetVariableValue('VerbosePreference') }
    if (-not $Given.ContainsKey('Debug')) { $DebugPreference = $Caller.GetVariableValue('DebugPreference') }
    if (-not $Given.ContainsKey('ProgressAction')) { $ProgressPreference = $Caller.GetVariableValue('ProgressPreference') }
    if (-not $Given.ContainsKey('WhatIf')) { $WhatIfPreference = $Caller.GetVariableValue('WhatIfPreference') }
    if (-not $Given.ContainsKey('Confirm')) { $ConfirmPreference = $Caller.GetVariableValue('ConfirmPreference') }
}

# Errors go through the caller's $PSCmdlet: "throw" would be swallowed by -ErrorAction SilentlyContinue.
function Stop-Command {
    param([Management.Automation.PSCmdlet] $Caller, [string] $Id, [string] $Category, [exception] $Exception)
    $Caller.ThrowTerminatingError([Management.Automation.ErrorRecord]::new($Exception, $Id, $Category, $null))
}

function New-OperationException {
    param([string] $Kind, [string] $Message)
    switch ($Kind) {
        'Authentication' { return [Security.Authentication.AuthenticationException]::new($Message) }
        'Argument' { return [ArgumentException]::new($Message) }
        'Timeout' { return [TimeoutException]::new($Message) }
        'Cryptography' { return [Security.Cryptography.CryptographicException]::new($Message) }
        'NotSupported' { return [NotSupportedException]::new($Message) }
        'DirectoryNotFound' { return [IO.DirectoryNotFoundException]::new($Message) }
        'Format' { return [FormatException]::new($Message) }
        'HttpRequest' { return (Get-HttpType 'System.Net.Http.HttpRequestException')::new($Message) }
    }
    [InvalidOperationException]::new($Message)
}

# What the service said beside the text is found on the exception: Code, StatusCode, CorrelationId, TraceId, Timestamp, RetryAfter.
function Add-ExceptionNote {
    param([exception] $Exception, [Collections.Hashtable] $Bag)
    $own = 'Id', 'Category', 'Terminating', 'Exception', 'Message', 'Hint', 'Details', 'Length', 'Bytes',
    'Version', 'Reason', 'RequestMethod', 'RequestUri', 'HeaderName', 'HeaderValue'
    foreach ($name in $Bag.Keys) {
        if ($own -contains $name) { continue }
        # What .NET's exception knows itself is not hidden.
        if ($name -eq 'StatusCode' -and $null -ne $Exception.psobject.Properties[$name] -and $null -ne $Exception.StatusCode) { continue }
        $value = Get-BagValue $Bag $name
        $number = 0
        if ([int]::TryParse($value, 'None', [cultureinfo]::InvariantCulture, [ref]$number)) { $value = $number }
        $Exception.psobject.Properties.Add([psnoteproperty]::new($name, $value), $true)
    }
}

function ConvertTo-ErrorRecord {
    param([Collections.Hashtable] $Bag)
    $exception = if ($Bag.ContainsKey('RequestUri')) { New-ResponseException $Bag } else { New-OperationException (Get-BagValue $Bag 'Exception') (Get-BagValue $Bag 'Message') }
    Add-ExceptionNote $exception $Bag
    $record = [Management.Automation.ErrorRecord]::new($exception, (Get-BagValue $Bag 'Id'), (Get-BagValue $Bag 'Category'), $null)
    $hint = Get-BagValue $Bag 'Hint'
    $details = Get-BagValue $Bag 'Details'
    if ($hint -or $details) {
        $record.ErrorDetails = [Management.Automation.ErrorDetails]::new($(if ($details) { $details } else { $exception.Message }))
        $record.ErrorDetails.RecommendedAction = $hint
    }
    $record
}

function Write-OperationError {
    param([Management.Automation.PSCmdlet] $Caller, [Collections.Hashtable] $Bag)
    $record = ConvertTo-ErrorRecord $Bag
    if (Test-BagValue $Bag 'Terminating') { $Caller.ThrowTerminatingError($record) }
    $Caller.WriteError($record)
}
