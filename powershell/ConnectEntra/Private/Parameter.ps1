# Every bound parameter crosses under its own name; what it means is decided in the library.
$script:CommonParameter = [Management.Automation.Cmdlet]::CommonParameters + [Management.Automation.Cmdlet]::OptionalCommonParameters

# Each parameter as text or texts, the same in every culture. Secrets and certificate objects do not become fields: they
# are named in -Except and handed over by other doors.
function ConvertTo-Field {
    param([Management.Automation.PSCmdlet] $Caller, [Collections.IDictionary] $Given, [string[]] $Except)
    $field = [ordered]@{}
    foreach ($name in $Given.Keys) {
        if ($script:CommonParameter -contains $name -or $Except -contains $name) { continue }
        $field[$name] = @(foreach ($value in $Given[$name]) {
                if ($null -eq $value) { continue }
                $text = if ($value -is [bool] -or $value -is [switch]) { if ($value) { 'true' } else { 'false' } }
                elseif ($value -is [double]) { $value.ToString('R', [cultureinfo]::InvariantCulture) }
                else { "$value" }
                if ($text.Contains("`0")) { Stop-NulCharacter $Caller $name }
                $text
            })
    }
    $field
}

# A NUL would end the entry and begin another one.
function Stop-NulCharacter {
    param([Management.Automation.PSCmdlet] $Caller, [string] $Name)
    Stop-Command $Caller 'InvalidCharacter' 'InvalidArgument' ([ArgumentException]::new("The value of '$Name' contains a NUL character. Give it without.", $Name))
}

# The session's folder is not the process's, so paths cross as absolute paths. A path that cannot be resolved crosses as it
# is: the library says that the file is not there.
function Resolve-FieldPath {
    param([Management.Automation.PSCmdlet] $Caller, [string] $Path)
    try { $Caller.GetUnresolvedProviderPathFromPSPath($Path) } catch { $Path }
}

# Which session calls: its host, its own current connection where it has one, and whether it shows log lines.
function Add-SessionField {
    param([Collections.IDictionary] $Field)
    $Field['HostName'] = 'PowerShell'
    $Field['HostVersion'] = "$($Host.Version)"
    if ($script:Connection) { $Field['Connection'] = $script:Connection }
    if (-not ($VerbosePreference -ne 'SilentlyContinue' -or $DebugPreference -ne 'SilentlyContinue')) { $Field['Quiet'] = 'true' }
    $Field
}

# How each parameter of Connect-Entra crosses. Nothing here judges what was given.
function Connect-Session {
    param([Management.Automation.PSCmdlet] $Caller, [Collections.IDictionary] $Given)
    $field = Add-SessionField (ConvertTo-Field $Caller $Given $script:HandedOver)
    $field['ParameterSet'] = $Caller.ParameterSetName
    # Environment variables may hold relative paths.
    $field['Folder'] = $Caller.SessionState.Path.CurrentFileSystemLocation.ProviderPath
    if ($null -ne $Given['CertificatePath']) { $field['CertificatePath'] = Resolve-FieldPath $Caller $Given['CertificatePath'] }
    $secret = @{}
    foreach ($name in 'AccessToken', 'CertificatePassword') { if ($null -ne $Given[$name]) { $secret[$name] = $Given[$name] } }
    if ($null -ne $Given['Certificate']) { $field['Certificate'] = 'true' }
    if ($Given.ContainsKey('ClientSecretCredential')) {
        $field['ClientSecretCredential'] = 'true'
        $credential = $Given['ClientSecretCredential']
        if ($null -ne $credential) {
            $field['ClientId'] = $credential.UserName
            if ($credential.Password) { $secret['ClientSecret'] = $credential.Password }
        }
    }
    if ($null -ne $Given['ClientAssertion']) { Add-AssertionField $field $secret $Given['ClientAssertion'] }
    $bag = Invoke-Operation $Caller 'connect' $field $secret $Given['Certificate'] $field['ClientAssertionKey']
    if (-not $bag) { return }
    $script:Connection = Get-BagValue $bag 'Connection'
    $welcome = Get-BagValue $bag 'Welcome'
    if ($welcome) { Show-Message $Caller $welcome }
}

# What is no text: secrets, the certificate object, a script block.
$script:HandedOver = 'ClientSecretCredential', 'AccessToken', 'CertificatePassword', 'Certificate', 'ClientAssertion'

# A block is kept as its text: it runs as an unbound copy, perhaps in another runspace.
function Add-AssertionField {
    param([Collections.IDictionary] $Field, [hashtable] $Secret, $Assertion)
    if ($Assertion -is [scriptblock]) {
        $Field['ClientAssertionKey'] = Add-Key ([string]$Assertion) -Given
        return
    }
    $Field['ClientAssertion'] = 'true'
    $Secret['ClientAssertion'] = $Assertion
}
