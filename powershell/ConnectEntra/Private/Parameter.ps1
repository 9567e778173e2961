# Every bound parameter crosses under its own name; what it means is decided in the library.
$script:CommonParameter = [Management.Automation.Cmdlet]::CommonParameters + [Management.Automation.Cmdlet]::OptionalCommonParameters

# Text of a value, the same in every culture. Nothing for $null.
function ConvertTo-FieldText {
    param($Value)
    if ($null -eq $Value) { return }
    if ($Value -is [bool] -or $Value -is [switch]) { if ($Value) { return 'true' } else { return 'false' } }
    if ($Value -is [double]) { return $Value.ToString('R', [cultureinfo]::InvariantCulture) }
    [string]$Value
}

# Secrets and certificate objects do not become fields: they are named in -Except and handed over by other doors.
function ConvertTo-Field {
    param([Management.Automation.PSCmdlet] $Caller, [Collections.IDictionary] $Given, [string[]] $Except = @())
    $field = [ordered]@{}
    foreach ($name in $Given.Keys) {
        if ($script:CommonParameter -contains $name -or $Except -contains $name) { continue }
        $field[$name] = @(foreach ($value in $Given[$name]) { ConvertTo-FieldText $value })
        Assert-FieldText $Caller $name $field[$name]
    }
    $field
}

# A NUL would end the entry and begin another one.
function Assert-FieldText {
    param([Management.Automation.PSCmdlet] $Caller, [string] $Name, [string[]] $Text)
    foreach ($one in $Text) {
        if ($one.IndexOf([char]0) -lt 0) { continue }
        Stop-Command $Caller 'InvalidCharacter' 'InvalidArgument' ([ArgumentException]::new("The value of '$Name' contains a NUL character. Give it without.", $Name))
    }
}

# The session's folder is not the process's, so paths cross as absolute paths. A path that cannot be resolved crosses as it
# is: the library says that the file is not there.
function Resolve-FieldPath {
    param([Management.Automation.PSCmdlet] $Caller, [string] $Path)
    try { $Caller.GetUnresolvedProviderPathFromPSPath($Path) } catch { $Path }
}

# Which session calls: its host, and its own current connection where it has one.
function Add-SessionField {
    param([Collections.IDictionary] $Field)
    $Field.HostName = 'PowerShell'
    $Field.HostVersion = [string]$Host.Version
    if ($script:Connection) { $Field.Connection = $script:Connection }
    $Field
}

# How each parameter of Connect-Entra crosses. Nothing here judges what was given.
function Connect-Session {
    param([Management.Automation.PSCmdlet] $Caller, [Collections.IDictionary] $Given)
    $handed = Split-ConnectParameter $Given
    $field = Add-SessionField (ConvertTo-Field $Caller $Given -Except $handed.Name)
    $field.ParameterSet = $Caller.ParameterSetName
    foreach ($name in $handed.Field.Keys) { $field[$name] = $handed.Field[$name] }
    # Environment variables may hold relative paths.
    $field.Folder = $Caller.SessionState.Path.CurrentFileSystemLocation.ProviderPath
    if ($Given.ContainsKey('CertificatePath')) { $field.CertificatePath = Resolve-FieldPath $Caller $Given.CertificatePath }
    $bag = Invoke-Operation $Caller 'connect' $field $handed.Secret $handed.Certificate $handed.Key
    if (-not $bag) { return }
    $script:Connection = Get-BagValue $bag 'Connection'
    $welcome = Get-BagValue $bag 'Welcome'
    if ($welcome) { Show-Message $Caller $welcome }
}

# Takes out what is no text: secrets, the certificate object, a script block.
function Split-ConnectParameter {
    param([Collections.IDictionary] $Given)
    $handed = @{
        Name = 'ClientSecretCredential', 'AccessToken', 'CertificatePassword', 'Certificate', 'ClientAssertion'
        Field = @{}; Secret = @{}; Certificate = $null; Key = @()
    }
    foreach ($name in 'AccessToken', 'CertificatePassword') {
        if ($Given.ContainsKey($name) -and $null -ne $Given[$name]) { $handed.Secret[$name] = $Given[$name] }
    }
    if ($Given.ContainsKey('Certificate') -and $null -ne $Given.Certificate) {
        $handed.Field.Certificate = 'true'
        $handed.Certificate = $Given.Certificate
    }
    if ($Given.ContainsKey('ClientSecretCredential')) { Add-CredentialField $handed $Given.ClientSecretCredential }
    if ($Given.ContainsKey('ClientAssertion') -and $null -ne $Given.ClientAssertion) { Add-AssertionField $handed $Given.ClientAssertion }
    $handed
}

function Add-CredentialField {
    param([hashtable] $Handed, [pscredential] $Credential)
    $Handed.Field.ClientSecretCredential = 'true'
    if ($null -eq $Credential) { return }
    $Handed.Field.ClientId = $Credential.UserName
    if ($Credential.Password) { $Handed.Secret.ClientSecret = $Credential.Password }
}

# A block is kept as its text: it runs as an unbound copy, perhaps in another runspace.
function Add-AssertionField {
    param([hashtable] $Handed, $Assertion)
    if ($Assertion -isnot [scriptblock]) {
        $Handed.Field.ClientAssertion = 'true'
        $Handed.Secret.ClientAssertion = $Assertion
        return
    }
    $Handed.Field.ClientAssertionKey = Add-Key ([string]$Assertion) -Given
    $Handed.Key = @($Handed.Field.ClientAssertionKey)
}
