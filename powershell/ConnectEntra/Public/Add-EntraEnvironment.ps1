function Add-EntraEnvironment {
    <#
    .SYNOPSIS
    Adds a cloud of your own to those that Connect-Entra can connect to.
    .DESCRIPTION
    Keeps the name and the two addresses for this user. Addresses are cut to scheme and host. A name that is already yours
    gets the new addresses; the names of the built-in clouds cannot be taken.
    .PARAMETER Name
    The name of the cloud.
    .PARAMETER AzureADEndpoint
    The address of its sign-in service, for example https://login.contoso.example.
    .PARAMETER GraphEndpoint
    The address of its Graph service, for example https://graph.contoso.example.
    .EXAMPLE
    Add-EntraEnvironment -Name Lab -AzureADEndpoint https://login.lab.example -GraphEndpoint https://graph.lab.example
    Connect-Entra -Environment Lab

    Adds a cloud and connects to it.
    .LINK
    Get-EntraEnvironment
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [Alias('Add-MgEnvironment')]
    [OutputType('ConnectEntra.Environment')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipelineByPropertyName = $true)]
        [ValidateNotNullOrEmpty()]
        [string] $Name,

        [Parameter(Mandatory = $true, Position = 1, ValueFromPipelineByPropertyName = $true)]
        [Alias('AzureADUrl')]
        [ValidateNotNullOrEmpty()]
        [string] $AzureADEndpoint,

        [Parameter(Mandatory = $true, Position = 2, ValueFromPipelineByPropertyName = $true)]
        [Alias('GraphUrl')]
        [ValidateNotNullOrEmpty()]
        [string] $GraphEndpoint
    )
    process {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        if ($PSCmdlet.ShouldProcess($Name, 'Add environment')) {
            Invoke-EnvironmentOperation $PSCmdlet 'Add' $PSBoundParameters
        }
    }
}
