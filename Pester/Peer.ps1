# Programs of tests/peers, which node runs, and others of this system. Dot-source it after Sim.ps1: a peer takes the
# simulator's certificate.
$script:Peers = [IO.Path]::Combine($script:Root, 'tests', 'peers')

# Under Wine programs of the system around it are started by their Windows paths, and are told that system's paths.
function Find-Program {
    param([string] $Name)
    if (-not (Test-Wine)) { return @(Get-Command $Name -CommandType Application -ErrorAction Ignore).Source | Select-Object -First 1 }
    'Z:\usr\local\bin', 'Z:\usr\bin' | ForEach-Object { [IO.Path]::Combine($_, $Name) } | Where-Object { [IO.File]::Exists($_) } | Select-Object -First 1
}
function ConvertTo-SystemPath { param([string] $Path) if (Test-Wine) { & winepath -u $Path } else { $Path } }

# Why a program that needs this package cannot be had here; nothing where it can.
function Get-PeerGap {
    param([string] $Package)
    if (-not (Find-Program node)) { return 'node is not installed' }
    if (-not [IO.Directory]::Exists([IO.Path]::Combine($script:Peers, 'node_modules', $Package))) { "$Package is not installed: npm ci in tests/peers" }
}

# Starts the program with these variables. The result has the address that it says it is ready at.
function Start-Peer {
    param([string] $Program, [hashtable] $Variable = @{})
    $Variable.FOLDER = ConvertTo-SystemPath $script:Sim.dir
    $path = [IO.Path]::Combine($script:Peers, $Program)
    $peer = if (Test-Wine) { Start-PeerAround $path $Variable } else { Start-PeerProcess $path $Variable }
    if ($peer.Said -notmatch '^ready ') { throw "$Program did not start: $($peer.Said)" }
    $peer.Address = $peer.Said -replace '^ready '
    $peer
}

function Stop-Peer {
    param($Peer)
    if (-not $Peer) { return }
    if ($Peer.Marker) { [IO.File]::Delete($Peer.Marker); return }
    $Peer.Process.StandardInput.Close()
    if (-not $Peer.Process.WaitForExit(5000)) { $Peer.Process.Kill() }
}

function Start-PeerProcess {
    param([string] $Path, [hashtable] $Variable)
    $start = [Diagnostics.ProcessStartInfo]::new((Find-Program node), "`"$Path`"")
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
    foreach ($name in $Variable.Keys) { $start.EnvironmentVariables[$name] = $Variable[$name] }
    $process = [Diagnostics.Process]::Start($start)
    $errors = $process.StandardError.ReadToEndAsync()
    $line = $process.StandardOutput.ReadLine()
    @{ Process = $process; Said = if ($line) { $line } else { $errors.Result } }
}

# Runs a program of this system to its end: its lines, and $LASTEXITCODE.
function Invoke-Program {
    param([string] $Name, [string[]] $Argument)
    if (-not (Test-Wine)) { return & (Find-Program $Name) @Argument 2>&1 }
    $file = [IO.Path]::Combine($script:Sim.Home, "run-$([guid]::NewGuid().ToString('N'))")
    $words = @($Name) + $Argument | ForEach-Object { "'" + $_.Replace("'", "'\''") + "'" }
    $to = ConvertTo-SystemPath $file
    [IO.File]::WriteAllText($file, "#!/bin/sh`n$words >'$to.said' 2>&1`necho `$? >'$to.code.new'`nmv '$to.code.new' '$to.code'`n")
    $null = [Diagnostics.Process]::Start((Find-Program sh), "`"$to`"")
    while (-not [IO.File]::Exists("$file.code")) { Start-Sleep -Milliseconds 50 }
    $global:LASTEXITCODE = [int][IO.File]::ReadAllText("$file.code")
    [IO.File]::ReadAllLines("$file.said")
}

# What Wine starts around itself has no pipes of ours: a file tells what it says, and it runs as long as another exists.
function Start-PeerAround {
    param([string] $Path, [hashtable] $Variable)
    $file = [IO.Path]::Combine($script:Sim.Home, "peer-$([guid]::NewGuid().ToString('N'))")
    $marker, $said, $errors = "$file.runs", "$file.said", "$file.errors"
    $words = $marker, $Path, $said, $errors | ForEach-Object { ConvertTo-SystemPath $_ }
    [IO.File]::WriteAllText($marker, '')
    [IO.File]::WriteAllText($file, ("#!/bin/sh`n(while [ -e '{0}' ]; do sleep 0.1; done) | node '{1}' >'{2}' 2>'{3}'`n" -f $words))
    foreach ($name in $Variable.Keys) { [Environment]::SetEnvironmentVariable($name, $Variable[$name]) }
    $null = [Diagnostics.Process]::Start((Find-Program sh), "`"$(ConvertTo-SystemPath $file)`"")
    foreach ($name in $Variable.Keys) { [Environment]::SetEnvironmentVariable($name, $null) }
    for ($i = 0; $i -lt 200; $i++) {
        Start-Sleep -Milliseconds 50
        $line = if ([IO.File]::Exists($said)) { [IO.File]::ReadAllText($said) }
        if ($line -and $line.EndsWith("`n")) { break }
    }
    if (-not $line) { $line = [IO.File]::ReadAllText($errors) }
    @{ Marker = $marker; Said = $line.Trim() }
}
