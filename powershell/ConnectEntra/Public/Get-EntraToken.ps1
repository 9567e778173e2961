function Get-EntraToken {
    <#
    .SYNOPSIS
    Gives an access token of the current connection.
    .DESCRIPTION
    Gives a token from memory while it lasts, else a new one. It is a SecureString, ready for the -AccessToken of other
    modules, unless text or header fields are asked for. Without -Resource and -Scopes it is one for the connection's own
    Graph.
    .PARAMETER Resource
    What the token is for: an address such as https://vault.azure.net, api://name, or an application's id. A connection that
    was made with -AccessToken has its one token only.
    .PARAMETER Scopes
    The scopes that the token is to have, instead of a resource.
    .PARAMETER MinimumLifetime
    How long the token has to be good for, in seconds. A warning tells where none is to be had that is.
    .PARAMETER ForceRefresh
    Asks for a new token, even where one is in memory.
    .PARAMETER AsPlainText
    Gives the token as text. It is a secret: whoever sees it can act as this connection until it ends.
    .PARAMETER AsHeader
    Gives a table with the header field Authorization, for -Headers of Invoke-RestMethod. It holds the token as text.
    .PARAMETER ContextName
    The connection to use, where there are several.
    .EXAMPLE
    Get-EntraToken -Resource https://vault.azure.net

    Gives a token for Key Vault as a SecureString.
    .EXAMPLE
    $token = @{ AccessToken = Get-EntraToken -MinimumLifetime 600 }; Connect-Other @token

    Gives another module a token that is good for ten minutes at least.
    .EXAMPLE
    Invoke-RestMethod -Uri https://graph.microsoft.com/v1.0/me -Headers (Get-EntraToken -AsHeader)

    Sends a request with the token by other means.
    .LINK
    Connect-Entra
    #>
    [CmdletBinding(DefaultParameterSetName = 'SecureString', PositionalBinding = $false)]
    [OutputType([securestring], ParameterSetName = 'SecureString')]
    [OutputType([string], ParameterSetName = 'PlainText')]
    [OutputType([hashtable], ParameterSetName = 'Header')]
    param(
        [Parameter(Position = 0)]
        [ValidateNotNullOrEmpty()]
        [string] $Resource,

        [Parameter()]
        [ValidateNotNullOrEmpty()]
        [string[]] $Scopes,

        [Parameter()]
        [ValidateRange(0, 86400)]
        [int] $MinimumLifetime,

        [Parameter()]
        [switch] $ForceRefresh,

        [Parameter(ParameterSetName = 'PlainText', Mandatory = $true)]
        [switch] $AsPlainText,

        [Parameter(ParameterSetName = 'Header', Mandatory = $true)]
        [switch] $AsHeader,

        [Parameter()]
        [string] $ContextName
    )
    process {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        $bag = Invoke-Operation $PSCmdlet 'token' (ConvertTo-Field $PSCmdlet $PSBoundParameters 'AsPlainText', 'AsHeader')
        if (-not $bag) { return }
        try {
            if ($AsPlainText) { return [Text.Encoding]::UTF8.GetString($bag.Bytes) }
            if ($AsHeader) { return @{ Authorization = 'Bearer ' + [Text.Encoding]::UTF8.GetString($bag.Bytes) } }
            ConvertTo-SecureToken $bag.Bytes
        } finally { [Array]::Clear($bag.Bytes, 0, $bag.Bytes.Length) }
    }
}
