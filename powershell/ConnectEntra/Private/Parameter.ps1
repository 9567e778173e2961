# Every bound parameter crosses under its own name; what it means is decided in the library.
$script:CommonParameter = [Management.Automation.Cmdlet]::CommonParameters + [Management.Automation.Cmdlet]::OptionalCommonParameters

# What a command was given, as the text of a bag: each parameter as text or texts, the same in every culture. With it goes
# which session calls: its host, its own current connection where it has one, and whether it shows log lines. What does not
# become text is named in -Except and handed over by other doors.
function ConvertTo-Field {
    param($Caller, $Given, $Except)
    $field = "HostName=PowerShell`0HostVersion=$($Host.Version)`0"
    if ($script:Connection) { $field += "Connection=$($script:Connection)`0" }
    if ("$VerbosePreference$DebugPreference" -eq 'SilentlyContinueSilentlyContinue') { $field += "Quiet=true`0" }
    else {
        if ($VerbosePreference -ne 'SilentlyContinue') { $field += "Verbose=true`0" }
        if ($DebugPreference -ne 'SilentlyContinue') { $field += "Debug=true`0" }
    }
    foreach ($name in $Given.Keys) {
        if ($script:CommonParameter -contains $name -or $Except -contains $name) { continue }
        foreach ($value in $Given[$name]) {
            if ($null -eq $value) { continue }
            $text = if ($value -is [bool] -or $value -is [switch]) { if ($value) { 'true' } else { 'false' } }
            elseif ($value -is [double]) { $value.ToString('R', [cultureinfo]::InvariantCulture) }
            elseif ($value -is [uri]) { $value.OriginalString }
            else { "$value" }
            if ($text.Contains("`0")) { Stop-NulCharacter $Caller $name }
            $field += "$name=$text`0"
        }
    }
    $field
}

# A NUL would end the entry and begin another one.
function Stop-NulCharacter {
    param([Management.Automation.PSCmdlet] $Caller, [string] $Name)
    Stop-Command $Caller 'InvalidCharacter' 'InvalidArgument' ([ArgumentException]::new("The value of '$Name' contains a NUL character. Give it without.", $Name))
}

# One entry of a bag.
function ConvertTo-Entry {
    param([Management.Automation.PSCmdlet] $Caller, [string] $Name, [string] $Value)
    if ($Value.Contains("`0")) { Stop-NulCharacter $Caller $Name }
    "$Name=$Value`0"
}

# The session's folder is not the process's, so paths cross as absolute paths. A path that cannot be resolved crosses as it
# is: the library says that the file is not there.
function Resolve-FieldPath {
    param([Management.Automation.PSCmdlet] $Caller, [string] $Path)
    try { $Caller.GetUnresolvedProviderPathFromPSPath($Path) } catch { $Path }
}

# What is no text, or not as it was given: secrets, the certificate object, a script block, a path.
$script:HandedOver = 'ClientSecretCredential', 'AccessToken', 'CertificatePassword', 'Certificate', 'CertificatePath', 'ClientAssertion'

# How each parameter of Connect-Entra crosses. Nothing here judges what was given.
function Connect-Session {
    param($Caller, $Given)
    $field = ConvertTo-Field $Caller $Given $script:HandedOver
    $field += "ParameterSet=$($Caller.ParameterSetName)`0"
    # The variables that these two read may hold relative paths.
    if ($Given['EnvironmentVariable'] -or $Given['Identity']) { $field += "Folder=$($Caller.SessionState.Path.CurrentFileSystemLocation.ProviderPath)`0" }
    if ($script:Unnamed) { $field += "Unnamed=$($script:Unnamed)`0" }
    $secret = @{}
    foreach ($name in 'AccessToken', 'CertificatePassword') { if ($null -ne $Given[$name]) { $secret[$name] = $Given[$name] } }
    $key = $null
    if ($Given.ContainsKey('ClientSecretCredential')) {
        $field += "ClientSecretCredential=true`0"
        $credential = $Given['ClientSecretCredential']
        if ($null -ne $credential) {
            $app = $credential.UserName
            if ($null -ne $app) {
                if ($app.Contains("`0")) { Stop-NulCharacter $Caller 'ClientSecretCredential' }
                $field += "ClientId=$app`0"
            }
            if ($null -ne $credential.Password) { $secret = @{ ClientSecret = $credential.Password } }
        }
    }
    if ($null -ne $Given['Certificate']) { $field += "Certificate=true`0" }
    if ($Given.ContainsKey('CertificatePath')) { $field += ConvertTo-Entry $Caller 'CertificatePath' (Resolve-FieldPath $Caller $Given['CertificatePath']) }
    $assertion = $Given['ClientAssertion']
    if ($assertion -is [scriptblock]) {
        # A block is kept as its text: it runs as an unbound copy, perhaps in another runspace.
        $key = , (Add-Key ([string]$assertion) -Given)
        $field += "ClientAssertionKey=$key`0"
    } elseif ($null -ne $assertion) {
        $field += "ClientAssertion=true`0"
        $secret['ClientAssertion'] = $assertion
    }
    $bag = Invoke-Operation $Caller 'connect' $field $secret $Given['Certificate'] $key
    if (-not $bag) { return }
    $script:Connection = $bag['Connection'][0]
    if (-not $Given['ContextName']) { $script:Unnamed = $script:Connection }
    if ($null -ne $bag['Welcome']) { Show-Message $Caller $bag['Welcome'][0] }
}
