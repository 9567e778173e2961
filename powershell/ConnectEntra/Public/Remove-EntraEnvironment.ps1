function Remove-EntraEnvironment {
    <#
    .SYNOPSIS
    Removes a cloud of your own.
    .DESCRIPTION
    Gives back the cloud that was removed. Built-in clouds cannot be removed.
    .PARAMETER Name
    The name of the cloud.
    .EXAMPLE
    Remove-EntraEnvironment -Name Lab

    Removes the cloud Lab.
    .LINK
    Add-EntraEnvironment
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [Alias('Remove-MgEnvironment')]
    [OutputType('ConnectEntra.Environment')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipelineByPropertyName = $true)]
        [ArgumentCompleter({ param($Command, $Parameter, $Word) (ConnectEntra\Get-EntraEnvironment -ErrorAction Ignore).Name -like "$Word*" })]
        [string] $Name
    )
    process {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        if ($PSCmdlet.ShouldProcess($Name, 'Remove environment')) {
            Invoke-EnvironmentOperation $PSCmdlet 'Remove' $PSBoundParameters
        }
    }
}
