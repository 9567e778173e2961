# Enumerations are emitted instead of written as "enum": scripts can then name the type ([ContextScope]::Process), in every
# runspace of the process, and it is cheaper at import. The numbers are those that scripts know.
function New-Enum {
    param($Builder, $Name, $Value)
    $enum = $Builder.DefineEnum($Name, 'Public', [int])
    $number = 0
    foreach ($one in $Value) {
        $null = $enum.DefineLiteral($one, $number)
        $number++
    }
    $null = $enum.CreateTypeInfo()
}

# What types are added to.
function New-TypeBuilder {
    param($Name)
    [Reflection.Emit.AssemblyBuilder]::DefineDynamicAssembly([Reflection.AssemblyName]::new($Name), 'Run').DefineDynamicModule('m')
}

if ($script:Restricted) {
    . "$PSScriptRoot/ContextScope.ps1"
} elseif (-not ('ContextScope' -as [type])) {
    $builder = New-TypeBuilder 'ConnectEntra.Types'
    New-Enum $builder 'ContextScope' ('Process', 'CurrentUser')
    New-Enum $builder 'GraphRequestMethod' ('GET', 'POST', 'PUT', 'PATCH', 'DELETE')
    New-Enum $builder 'GraphOutputType' ('HashTable', 'PSObject', 'HttpResponseMessage', 'Json')
    # What -SessionVariable gives and -GraphRequestSession takes: a table of its own name.
    $null = $builder.DefineType('GraphRequestSession', 'Public', [hashtable]).CreateTypeInfo()
}

# These are made when the first context is shown.
$script:ContextEnum = @{
    'ConnectEntra.AuthType'            = 'Delegated', 'AppOnly', 'UserProvidedAccessToken', 'ManagedIdentity', 'EnvironmentVariable'
    'ConnectEntra.TokenCredentialType' = 'InteractiveBrowser', 'DeviceCode', 'ClientCertificate', 'UserProvidedAccessToken', 'ManagedIdentity', 'ClientSecret', 'EnvironmentVariable'
}

# The id of this runspace's current connection. It stays after a disconnect, so that the runspace does not fall back on
# the connection of another one; $null in a runspace that never connected, which sees the process's default.
$script:Connection = $null

# The id of the connection without a name that this runspace has made: its next one takes that place, whichever is current.
$script:Unnamed = $null

# The original's properties, in its order.
function ConvertTo-Context {
    param([Collections.Hashtable] $Bag, [Collections.IDictionary] $Note = @{})
    $context = [ordered]@{ PSTypeName = 'ConnectEntra.Context' }
    foreach ($name in $Note.Keys) { $context[$name] = $Note[$name] }
    $context.ClientId = Get-BagValue $Bag 'ClientId'
    $context.TenantId = Get-BagValue $Bag 'TenantId'
    $context.Scopes = if (Test-BagValue $Bag 'HasScopes') { Get-BagList $Bag 'Scopes' }
    $context.AuthType = ConvertTo-Enum 'ConnectEntra.AuthType' (Get-BagValue $Bag 'AuthType')
    $context.TokenCredentialType = ConvertTo-Enum 'ConnectEntra.TokenCredentialType' (Get-BagValue $Bag 'TokenCredentialType')
    $context.CertificateThumbprint = Get-BagValue $Bag 'CertificateThumbprint'
    $context.CertificateSubjectName = Get-BagValue $Bag 'CertificateSubjectName'
    $context.SendCertificateChain = Test-BagValue $Bag 'SendCertificateChain'
    $context.Account = Get-BagValue $Bag 'Account'
    $context.AppName = Get-BagValue $Bag 'AppName'
    $context.ContextScope = ConvertTo-Enum 'ContextScope' (Get-BagValue $Bag 'ContextScope')
    $context.Certificate = Get-GivenCertificate (Get-BagValue $Bag 'CertificateKey')
    $context.PSHostVersion = (Get-BagValue $Bag 'HostVersion') -as [version]
    $context.ManagedIdentityId = Get-BagValue $Bag 'ManagedIdentityId'
    $context.ClientSecret = Get-SecretStandIn (Get-BagValue $Bag 'ClientSecretLength')
    $context.Environment = Get-BagValue $Bag 'Environment'
    [pscustomobject]$context
}

function ConvertTo-Enum {
    param([string] $Type, [string] $Text)
    if (-not ($Type -as [type])) { New-Enum (New-TypeBuilder $Type) $Type $script:ContextEnum[$Type] }
    [enum]::Parse(($Type -as [type]), $Text)
}

# Only a certificate that was handed over as an object is shown; one that was found in a store is named by its thumbprint.
function Get-GivenCertificate {
    param([string] $Key)
    $entry = Get-Key $Key
    if ($entry -and $entry.Given) { $entry.Value }
}

function Get-SecretStandIn {
    param([string] $Length)
    if ($Length) { New-SecretStandIn ([int]$Length) }
}

# The connections of this process by name; the current one of this runspace is marked.
function Get-ContextList {
    param([Management.Automation.PSCmdlet] $Caller)
    $bag = Invoke-Operation $Caller 'context' (ConvertTo-Field $Caller @{ Action = 'List' })
    if (-not $bag) { return }
    $column = @{}
    foreach ($name in 'Connection', 'ContextName', 'Account', 'ClientId', 'TenantId', 'Environment') { $column[$name] = Get-BagList $bag $name }
    for ($i = 0; $i -lt $column.Connection.Length; $i++) {
        [pscustomobject]@{
            PSTypeName = 'ConnectEntra.Connection'
            Current = $column.Connection[$i] -eq $script:Connection; Name = $column.ContextName[$i]; Account = $column.Account[$i]
            ClientId = $column.ClientId[$i]; TenantId = $column.TenantId[$i]; Environment = $column.Environment[$i]
        }
    }
}

function Set-CurrentContext {
    param([Management.Automation.PSCmdlet] $Caller, [string] $Name)
    $bag = Invoke-Operation $Caller 'context' (ConvertTo-Field $Caller @{ Action = 'Select'; Name = $Name })
    if (-not $bag) { return }
    $script:Connection = Get-BagValue $bag 'Connection'
    ConvertTo-Context $bag
}

# The library answers with columns of equal length, one row an environment.
function ConvertTo-Environment {
    param([Collections.Hashtable] $Bag)
    $names = Get-BagList $Bag 'Name'
    $signIn, $graph, $types = (Get-BagList $Bag 'AzureADEndpoint'), (Get-BagList $Bag 'GraphEndpoint'), (Get-BagList $Bag 'Type')
    for ($i = 0; $i -lt $names.Length; $i++) {
        [pscustomobject]@{
            PSTypeName = 'ConnectEntra.Environment'
            Name = $names[$i]; AzureADEndpoint = $signIn[$i]; GraphEndpoint = $graph[$i]; Type = $types[$i]
        }
    }
}

function Invoke-EnvironmentOperation {
    param([Management.Automation.PSCmdlet] $Caller, [string] $Action, [Collections.IDictionary] $Given)
    $bag = Invoke-Operation $Caller 'environment' ("Action=$Action`0" + (ConvertTo-Field $Caller $Given))
    if ($bag) { ConvertTo-Environment $bag }
}

function Invoke-RequestContextOperation {
    param([Management.Automation.PSCmdlet] $Caller, [string] $Action, [Collections.IDictionary] $Given)
    $bag = Invoke-Operation $Caller 'settings' ("Action=$Action`0" + (ConvertTo-Field $Caller $Given))
    if (-not $bag) { return }
    $invariant = [cultureinfo]::InvariantCulture
    [pscustomobject]@{
        PSTypeName       = 'ConnectEntra.RequestContext'
        ClientTimeout    = [timespan]::FromSeconds([double]::Parse((Get-BagValue $bag 'ClientTimeout'), $invariant))
        RetryDelay       = [int](Get-BagValue $bag 'RetryDelay')
        MaxRetry         = [int](Get-BagValue $bag 'MaxRetry')
        RetriesTimeLimit = [timespan]::FromSeconds([double]::Parse((Get-BagValue $bag 'RetriesTimeLimit'), $invariant))
    }
}
