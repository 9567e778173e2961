# The OData service of tests/peers as a child process. Dot-source it after Sim.ps1: it takes the simulator's certificate.
$script:Peers = [IO.Path]::GetFullPath([IO.Path]::Combine($PSScriptRoot, '..', 'tests', 'peers'))

# Why the service cannot be had here; nothing where it can.
function Get-OdataGap {
    if (-not (Get-Command node -CommandType Application -ErrorAction Ignore)) { return 'no node on PATH' }
    if (-not [IO.Directory]::Exists([IO.Path]::Combine($script:Peers, 'node_modules', '@sap', 'cds'))) { '@sap/cds is not installed: npm ci in tests/peers' }
}

function Start-Odata {
    $start = [Diagnostics.ProcessStartInfo]::new('node', "`"$([IO.Path]::Combine($script:Peers, 'odata', 'server.mjs'))`"")
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
    $start.EnvironmentVariables['FOLDER'] = $script:Sim.dir
    $process = [Diagnostics.Process]::Start($start)
    $said = $process.StandardError.ReadToEndAsync()
    $line = $process.StandardOutput.ReadLine()
    if ($line -notmatch '^ready ') { throw "The OData service did not start: $($said.Result)" }
    $process | Add-Member -NotePropertyName Address -NotePropertyValue ($line -replace '^ready ') -PassThru
}

function Stop-Odata {
    param($Process)
    if (-not $Process) { return }
    $Process.StandardInput.Close()
    if (-not $Process.WaitForExit(5000)) { $Process.Kill() }
}
