# Paths of requests: the session's folder is not the process's, so they cross as absolute paths.

# The one existing file that the path means.
function Resolve-InputFile {
    param([Management.Automation.PSCmdlet] $Caller, [string] $Path)
    $provider = $null
    try { $found = $Caller.GetResolvedProviderPathFromPSPath($Path, [ref]$provider) }
    catch { $Caller.ThrowTerminatingError((Get-InnerRecord $_)) }
    if ($provider.Name -ne 'FileSystem') {
        Stop-Request $Caller 'FileNotFilesystemPathException' "Path '$Path' is not a file system path. Please specify the path to a file in the file system."
    }
    if ($found.Count -gt 1) { Stop-Request $Caller 'InputFileMultiplePathsResolvedException' "Path '$Path' can be resolved to multiple paths." }
    if (-not $found.Count) { Stop-Request $Caller 'InputFileNoPathResolvedException' "Path '$Path' cannot be resolved to a file." }
    if ([IO.Directory]::Exists($found[0])) {
        Stop-Request $Caller 'InputFileNotFilePathException' "Path '$Path' resolves to a directory. Specify a path including a file name, and then retry the command."
    }
    $found[0]
}

# The record that PowerShell's own methods carry inside, such as PathNotFound.
function Get-InnerRecord {
    param([Management.Automation.ErrorRecord] $Record)
    $inner = $Record.Exception.GetBaseException()
    if ($inner -is [Management.Automation.IContainsErrorRecord]) {
        return [Management.Automation.ErrorRecord]::new($inner, $inner.ErrorRecord.FullyQualifiedErrorId, $inner.ErrorRecord.CategoryInfo.Category, $null)
    }
    $Record
}

function Get-FileField {
    param([Management.Automation.PSCmdlet] $Caller, [Collections.IDictionary] $Given)
    if ($Given.ContainsKey('InputFilePath')) { ConvertTo-Entry $Caller 'InputFilePath' (Resolve-InputFile $Caller $Given.InputFilePath) }
    if ($Given.ContainsKey('OutputFilePath')) { ConvertTo-Entry $Caller 'OutputFilePath' (Resolve-FieldPath $Caller $Given.OutputFilePath) }
    if ($Given.ContainsKey('InferOutputFileName')) {
        ConvertTo-Entry $Caller 'Folder' $Caller.SessionState.Path.CurrentFileSystemLocation.ProviderPath
    }
}
