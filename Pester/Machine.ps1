# A machine that has an identity: the variables that its host sets, in this session. Dot-source it after Sim.ps1; call
# Enter-Machine, then Reset-Session after each test.
function Enter-Machine {
    param([string] $Name, [hashtable] $Other = @{})
    $script:Entered = @()
    foreach ($pair in $sim.environments.$Name.PSObject.Properties) { $script:Entered += $pair.Name; [Environment]::SetEnvironmentVariable($pair.Name, $pair.Value) }
    foreach ($name1 in $Other.Keys) { $script:Entered += $name1; [Environment]::SetEnvironmentVariable($name1, $Other[$name1]) }
}

function Reset-Session {
    Clear-Fault
    foreach ($name in $script:Entered) { [Environment]::SetEnvironmentVariable($name, $null) }
    $script:Entered = @()
    Disconnect-Entra -ErrorAction SilentlyContinue | Out-Null
    Clear-Journal
}
