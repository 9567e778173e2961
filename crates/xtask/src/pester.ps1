# Runs one test file and writes what came of it as JSON. Windows PowerShell 5.1 and Pester 5.5 or newer.
param(
    [Parameter(Mandatory)] [string] $Pester,
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $Result
)
# No $ErrorActionPreference here: the tests would inherit it.
Import-Module $Pester -ErrorAction Stop
$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$configuration.Output.RenderMode = 'Plaintext'
$run = Invoke-Pester -Configuration $configuration

$notes = @(
    foreach ($test in $run.Tests) {
        if ($test.Result -ne 'Skipped') { continue }
        $because = @($test.ErrorRecord | ForEach-Object { $_.Exception.Message })
        @($test.ExpandedPath) + $because -join ': '
    }
)
$counts = @{
    passed  = $run.PassedCount
    failed  = $run.FailedCount + $run.FailedBlocksCount + $run.FailedContainersCount
    skipped = $run.SkippedCount + $run.NotRunCount
    notes   = $notes
}
[IO.File]::WriteAllText($Result, (ConvertTo-Json $counts))
