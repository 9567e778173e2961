//! CLIXML read by PowerShell itself, value by value and type by type beside what `ConvertFrom-Json` makes of the same
//! text.

use entra_graph::{BIG_TYPE, Form, LIST_TYPE, clixml};
use std::{io::ErrorKind, path::Path, process::Command};

/// Texts that are odd in one way each.
const ODD: &[&str] = &[
    r#"{"int":5,"big":12345678901,"neg":-3,"float":1.5,"exp":1e3,"yes":true,"no":false,"nothing":null}"#,
    r#"{"list":[1,2,3],"empty":[],"one":[7],"lists":[[1],[],[[2]]],"objects":[{"a":1},{}],"nested":{"Inner":{"Deep":"x"}}}"#,
    r#"{"a":9223372036854775807,"b":9223372036854775808,"c":-9223372036854775808,"d":-9223372036854775809,"e":-0,"f":1e400,"g":123456789012345678901234567890,"h":-1e400,"i":1.0,"j":0.1,"k":-255000000000000000000000,"l":1E-7}"#,
    r#"{"a":"2024-05-06T07:08:09","b":"2024-05-06T07:08:09Z","c":"2024-05-06T07:08:09+02:00","d":"2024-05-06T07:08:09.1234567Z","e":"2024-05-06T07:08:09.12345678Z"}"#,
    r#"{"a":"2024-05-06T07:08Z","b":"2024-05-06 07:08:09Z","c":"2024-05-06","d":"2024-13-01T00:00:00Z","e":"07:08:09","f":"PT1H","g":"2024-02-30T00:00:00Z"}"#,
    r#"{"a":"0001-01-01T00:00:00Z","b":"9999-12-31T23:59:59Z","c":"2024-05-06T24:00:00Z","d":"2024-05-06T07:08:09-0330","e":"2024-05-06T07:08:09.5+02","f":"0001-01-01T00:00:00+02:00"}"#,
    r#"{"a":"/Date(1715000000000)/","b":"\/Date(-1)\/","c":"/Date(1715000000000+0200)/","d":"/Date(x)/","e":"/Date(1)"}"#,
    r#"{"a":"\u0000\u0001\u001f\u007f","b":"\r\n\t\\ \" / \b\f","c":"_x0041_ _X0041_ __x000A_ _x005F_","d":" ","e":"","f":" \n "}"#,
    r#"{"a":"é😀\ud83d\ude00","b":"\ufffe\uffff","c":"<a href='x'>&amp;]]></a>","d":"\u2028\u00a0\u200b"}"#,
    r#"{"@odata.type":"t","a b":1,"a.b":2,"count":3,"keys":4,"é":5,"_x0041_":6,"<&>\"'":7,"\n":8," ":9,"Item":10}"#,
    r#"{"a":1,"b":2,"a":3}"#,
    r#""just text""#,
    "42",
    "null",
    "true",
    "[1,2,3]",
    "[]",
    "{}",
    "[{}]",
    "[[[[[[[[[[[[[[[[[[[[{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]}]]]]]]]]]]]]]]]]]]]]",
];

/// Compares each text's two forms with ConvertFrom-Json's and writes a line for each difference.
const SCRIPT: &str = r#"
param([string]$Folder, [string]$List, [string]$Big)
Set-StrictMode -Version Latest
Update-TypeData -TypeName "Deserialized.$List" -TargetTypeForDeserialization ([object[]])
Update-TypeData -TypeName "Deserialized.$Big" -TargetTypeForDeserialization ([bigint])
function Differ($Path, $What) { "${Path}: $What" }
function Compare-Value($Path, $Ours, $Theirs, $Table) {
    if ($null -eq $Theirs) { if ($null -ne $Ours) { Differ $Path "not null" }; return }
    if ($null -eq $Ours) { Differ $Path 'null'; return }
    $type = $Theirs.GetType()
    if ($type -eq [Management.Automation.PSCustomObject]) {
        $names = @($Theirs.PSObject.Properties.ForEach('Name'))
        if ($Table) {
            if ($Ours -isnot [hashtable]) { return Differ $Path "is $($Ours.GetType())" }
            if ($Ours.psbase.Count -ne $names.Count) { Differ $Path 'other keys' }
            if ($Ours.GetType() -ne [hashtable]) { Differ $Path "is $($Ours.GetType())" }
        } else {
            if ($Ours.GetType() -ne $type) { return Differ $Path "is $($Ours.GetType())" }
            $own = @($Ours.PSObject.Properties.ForEach('Name'))
            if (($own | Sort-Object) -join '|' -cne (($names | Sort-Object) -join '|')) { Differ $Path "names $($own -join '|')" }
            $types = $Ours.PSObject.TypeNames -join ','
            if ($types -cne ($Theirs.PSObject.TypeNames -join ',')) { Differ $Path "type names $types" }
        }
        foreach ($name in $names) {
            if ($Table) { $value = $Ours[$name.ToUpperInvariant()] } else { $value = $Ours.PSObject.Properties[$name].Value }
            Compare-Value "$Path.$name" $value $Theirs.PSObject.Properties[$name].Value $Table
        }
        return
    }
    if ($Ours.GetType() -ne $type) { return Differ $Path "is $($Ours.GetType()), not $type" }
    if ($type -eq [object[]]) {
        if ($Ours.Count -ne $Theirs.Count) { return Differ $Path 'other length' }
        for ($i = 0; $i -lt $Theirs.Count; $i++) { Compare-Value "$Path[$i]" $Ours[$i] $Theirs[$i] $Table }
        return
    }
    if ($type -eq [datetime]) {
        if ($Ours.Ticks -ne $Theirs.Ticks -or $Ours.Kind -ne $Theirs.Kind) { Differ $Path "$($Ours.ToString('o')) $($Ours.Kind), not $($Theirs.ToString('o')) $($Theirs.Kind)" }
        return
    }
    if ($type -eq [string]) {
        if (-not [string]::Equals($Ours, $Theirs, 'Ordinal')) { Differ $Path "'$Ours', not '$Theirs'" }
        return
    }
    if (-not $Ours.Equals($Theirs)) { Differ $Path "$Ours, not $Theirs" }
}
foreach ($file in [IO.Directory]::GetFiles($Folder, '*.json')) {
    $theirs = ConvertFrom-Json -NoEnumerate ([IO.File]::ReadAllText($file))
    foreach ($form in 'table', 'object') {
        $xml = [IO.File]::ReadAllText([IO.Path]::ChangeExtension($file, $form))
        $name = [IO.Path]::GetFileNameWithoutExtension($file)
        try { $ours = [Management.Automation.PSSerializer]::Deserialize($xml) } catch { "$name $form $_"; continue }
        Compare-Value "$name $form" $ours $theirs ($form -eq 'table')
    }
}
'compared'
"#;

fn write(folder: &Path, name: &str, json: &str) {
    std::fs::write(folder.join(format!("{name}.json")), json).unwrap();
    for (form, extension) in [(Form::HashTable, "table"), (Form::PsObject, "object")] {
        std::fs::write(folder.join(format!("{name}.{extension}")), clixml(json, form).unwrap()).unwrap();
    }
}

/// What PowerShell says about the difference; `None` where there is no PowerShell.
fn compare(folder: &Path) -> Option<String> {
    let script = folder.join("compare.ps1");
    std::fs::write(&script, SCRIPT).unwrap();
    let run = Command::new("pwsh")
        .args(["-NoLogo", "-NoProfile", "-NonInteractive", "-File"])
        .args([&script, folder])
        .args([LIST_TYPE, BIG_TYPE])
        .env("POWERSHELL_TELEMETRY_OPTOUT", "1")
        .env("POWERSHELL_UPDATECHECK", "Off")
        .env("TZ", "Europe/Berlin")
        .output();
    match run {
        Ok(output) => {
            Some(format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::NotFound, "pwsh could not be started");
            None
        }
    }
}

#[test]
fn powershell_reads_what_convertfrom_json_makes() {
    let folder = tempfile::tempdir().unwrap();
    for (at, json) in ODD.iter().enumerate() {
        write(folder.path(), &format!("{at:02}"), json);
    }
    match compare(folder.path()) {
        Some(said) => assert_eq!(said.trim(), "compared"),
        None => println!("skipped: pwsh is not on PATH"),
    }
}
