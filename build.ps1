# The same door as `cargo xtask` for people who live in PowerShell: ./build.ps1 test, ./build.ps1 demo, ./build.ps1 help.
# Windows PowerShell 5.1 or newer. Everything is handed on as it is.
$cargo = Get-Command -Name cargo -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
if (-not $cargo) {
    [Console]::Error.WriteLine('cargo is not on PATH. Install Rust from https://rustup.rs, open a new PowerShell and try again.')
    exit 1
}
$words = $args
if ($words.Count -eq 0) { $words = @('help') }
Push-Location -LiteralPath $PSScriptRoot
try { & $cargo.Source xtask @words } finally { Pop-Location }
exit $LASTEXITCODE
