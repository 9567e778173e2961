# What the library tells of a connection. Without one it tells nothing, and all but Connected is empty.
function ConvertTo-ConnectionTest {
    param([Collections.Hashtable] $Bag)
    $connected = [bool](Get-BagValue $Bag 'Connection')
    $expires = Get-BagValue $Bag 'ExpiresAt'
    [pscustomobject]@{
        PSTypeName      = 'ConnectEntra.ConnectionTest'
        Connected       = $connected
        Name            = Get-BagValue $Bag 'ContextName'
        Account         = Get-BagValue $Bag 'Account'
        TenantId        = Get-BagValue $Bag 'TenantId'
        ClientId        = Get-BagValue $Bag 'ClientId'
        Environment     = Get-BagValue $Bag 'Environment'
        Credential      = Get-BagValue $Bag 'Credential'
        IdentitySource  = Get-BagValue $Bag 'IdentitySource'
        RequestedScopes = Get-BagList $Bag 'RequestedScopes'
        GrantedScopes   = Get-BagList $Bag 'GrantedScopes'
        ExpiresOn       = if ($expires) { [DateTimeOffset]::FromUnixTimeSeconds([long]$expires).LocalDateTime }
        TokenIsValid    = Test-BagValue $Bag 'Valid'
        KeptIn          = Get-BagValue $Bag 'KeptIn'
    }
}
