//! `cargo xtask bench`: the figures of the README, as ratios in one run. Needs no network.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::figures::{Figures, Row, shown, table};
use crate::growth::Growth;
use crate::powershell::{self, PowerShell};
use crate::repo::{Profile, Repo, rid};
use crate::simulator::Simulator;
use crate::{Result, build, door, options, pack, run, windows};

const ROUNDS: usize = 9;
/// Tokens that the C program takes from memory in one run.
const TOKENS: usize = 50_000;

/// What all measurements need.
struct Bench<'a> {
    repo: &'a Repo,
    simulator: Simulator,
    shell: Option<PowerShell>,
    packed: PathBuf,
    /// What is measured without PowerShell, on this system.
    growth: Option<Growth>,
    work: tempfile::TempDir,
}

/// Measures in turn, so that a busy minute hits all alike, and prints the table.
pub(crate) fn run(repo: &Repo, arguments: &[String]) -> Result<std::process::ExitCode> {
    let given = options(arguments, &["--windows"], &["--rounds"])?;
    let value = |wanted| given.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
    let rounds = value("--rounds").map_or(Ok(ROUNDS), |value| value.parse())?;
    build::simulator(repo)?;
    let bench = if value("--windows").is_some() { Bench::of_windows(repo)? } else { Bench::of_this_system(repo)? };
    bench.prepare()?;
    let mut figures = Figures::default();
    run::step("measure", || {
        for round in 1..=rounds {
            println!("   round {round} of {rounds}");
            bench.round(&mut figures)?;
        }
        Ok(())
    })?;
    println!("\n{}", table(&bench.rows(&figures)?));
    println!("Medians of {rounds} fresh processes each, measured in turn.");
    Ok(std::process::ExitCode::SUCCESS)
}

impl<'a> Bench<'a> {
    fn of_this_system(repo: &'a Repo) -> Result<Self> {
        build::library(repo, Profile::Release)?;
        let shell = powershell::find_or_get(repo).inspect_err(|error| println!("left out: PowerShell: {error}")).ok();
        let simulator = Simulator::start(repo, Profile::Dev)?;
        Ok(Self {
            repo,
            growth: Some(Growth::prepare(repo, &simulator)?),
            simulator,
            shell,
            packed: pack::module(repo, &rid())?,
            work: tempfile::tempdir()?,
        })
    }

    /// With PowerShell for Windows and the library that `test --windows` builds; the simulator is this system's.
    fn of_windows(repo: &'a Repo) -> Result<Self> {
        let shell = powershell::for_windows()?;
        windows::has_library(repo)?;
        Ok(Self {
            repo,
            growth: None,
            simulator: Simulator::start(repo, Profile::Dev)?,
            shell: Some(shell),
            packed: pack::module(repo, windows::RID)?,
            work: tempfile::tempdir()?,
        })
    }

    /// An empty module to compare with, and the simulated cloud in the settings of the home folder that is used.
    fn prepare(&self) -> Result {
        let empty = self.work.path().join("Empty");
        std::fs::create_dir(&empty)?;
        std::fs::write(empty.join("Empty.psm1"), "")?;
        let lists = "FunctionsToExport = @(); AliasesToExport = @(); CmdletsToExport = @(); VariablesToExport = @()";
        let manifest = format!("@{{ RootModule = 'Empty.psm1'; ModuleVersion = '1.0'; {lists} }}");
        std::fs::write(empty.join("Empty.psd1"), manifest)?;
        if let Some(shell) = &self.shell {
            run::check(self.script(shell)?.args(["-Later", "0"]).stdout(Stdio::null()))?;
        }
        Ok(())
    }

    fn round(&self, figures: &mut Figures) -> Result {
        if let Some(shell) = &self.shell {
            let empty = self.work.path().join("Empty/Empty.psd1");
            figures.add_lines("empty", &run::output(&mut self.script_for(shell, &empty))?);
            figures.add_lines("ours", &run::output(&mut self.script_for(shell, &self.packed_manifest()))?);
            figures.add_lines("command", &run::output(&mut self.script(shell)?)?);
        }
        let Some(growth) = &self.growth else { return Ok(()) };
        if let Some(time) = self.curl()? {
            figures.add_time("curl", time);
        }
        self.through_the_door(figures)?;
        growth.round(self.repo, &self.simulator, figures)
    }

    fn packed_manifest(&self) -> PathBuf {
        self.packed.join("ConnectEntra.psd1")
    }

    fn script_for(&self, shell: &PowerShell, module: &Path) -> Command {
        let mut command = shell.command();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bench.ps1");
        command.args(["-File", &shell.spell(&script), "-Module", &shell.spell(module)]);
        command
    }

    /// Import, first and later sign-ins, tokens and pages by command.
    fn script(&self, shell: &PowerShell) -> Result<Command> {
        let mut command = self.script_for(shell, &self.packed_manifest());
        for (option, name) in [("-Login", "login"), ("-Graph", "graph"), ("-Tenant", "tenant"), ("-App", "app")] {
            command.arg(option).arg(self.simulator.text(name)?);
        }
        command.args(["-Secret", self.simulator.text("secret")?, "-Folder", &shell.spell(self.work.path())]);
        command
            .env("SSL_CERT_FILE", shell.spell(Path::new(self.simulator.text("ca")?)))
            .env_remove("SSL_CERT_DIR")
            .env("NO_PROXY", "localhost");
        Ok(command)
    }

    /// The whole run of curl with the POST that a sign-in makes; nothing where there is no curl.
    fn curl(&self) -> Result<Option<std::time::Duration>> {
        let Some(curl) = run::on_path("curl") else { return Ok(None) };
        let text = |name| self.simulator.text(name);
        let mut command = Command::new(curl);
        command.args(["-fsS", "-o"]).arg(self.work.path().join("token")).args([
            "--noproxy",
            "*",
            "--cacert",
            text("ca")?,
        ]);
        command.args(["-d", "grant_type=client_credentials", "-d", &format!("client_id={}", text("app")?)]);
        command.args(["-d", "scope=https://graph.microsoft.com/.default"]);
        command.args(["--data-urlencode", &format!("client_secret={}", text("secret")?)]);
        command.arg(format!("{}/{}/oauth2/v2.0/token", text("login")?, text("tenant")?));
        let begun = Instant::now();
        run::check(&mut command)?;
        Ok(Some(begun.elapsed()))
    }

    /// Whole runs of door.c, which loads the library; and its later sign-ins and tokens.
    fn through_the_door(&self, figures: &mut Figures) -> Result {
        let home = tempfile::tempdir()?;
        let mut once = door::command(self.repo, &self.simulator, home.path(), &["time", "1"])?;
        let begun = Instant::now();
        run::output(&mut once)?;
        figures.add_time("door", begun.elapsed());
        let home = tempfile::tempdir()?;
        let times = run::output(&mut door::command(self.repo, &self.simulator, home.path(), &["time", "16"])?)?;
        times
            .lines()
            .skip(1)
            .filter_map(|line| line.parse::<f64>().ok())
            .for_each(|time| figures.add("door.later", time / 1e3));
        let home = tempfile::tempdir()?;
        let mut tokens = door::command(self.repo, &self.simulator, home.path(), &["tokens", &TOKENS.to_string()])?;
        if let Ok(time) = run::output(&mut tokens) {
            figures.add("door.tokens", TOKENS as f64 / (time.trim().parse::<f64>()? / 1e6));
        }
        Ok(())
    }

    fn rows(&self, figures: &Figures) -> Result<Vec<Row>> {
        let median = |name: &str, unit: &str| shown(figures.median(name), unit);
        let beyond = |one: &str, other: &str| shown(figures.beyond(one, other), "ms");
        let times = |one: &str, other: &str, name: &str| {
            let ratio =
                figures.ratio(one, other).map(|ratio| format!("{ratio:.1} times {name} ({})", median(other, "ms")));
            ratio.unwrap_or_default()
        };
        let [library, packed] = self.sizes()?;
        let rows = [
            (
                "import, beyond an empty module",
                beyond("ours.import", "empty.import"),
                median("empty.import", "ms"),
                "50 ms",
            ),
            (
                "first sign-in through the C door, whole process beyond curl's",
                beyond("door", "curl"),
                times("door", "curl", "curl"),
                "30 ms",
            ),
            (
                "first `Connect-Entra`",
                median("command.first", "ms"),
                times("command.first", "door", "the C door"),
                "C door + 50 ms",
            ),
            ("later sign-ins through the C door", median("door.later", "ms"), times("door.later", "curl", "curl"), ""),
            ("later `Connect-Entra`", median("command.later", "ms"), times("command.later", "curl", "curl"), ""),
            ("token from memory through the C door", median("door.tokens", "/s"), String::new(), "100000 /s"),
            ("`Get-EntraToken`", median("command.tokens", "/s"), String::new(), "2000 /s"),
            (
                "page of 10,000 users as objects",
                median("command.page.objects", "ms"),
                format!(
                    "{}; {}",
                    times("command.page.objects", "command.page.rest", "`Invoke-RestMethod`"),
                    times("command.page.objects", "command.page.convert", "`ConvertFrom-Json` on the same text"),
                ),
                "",
            ),
            (
                "the same page as tables",
                median("command.page.tables", "ms"),
                times("command.page.tables", "command.page.rest", "`Invoke-RestMethod`"),
                "",
            ),
            ("library", shown(library, "MB"), String::new(), "5 MB"),
            ("packed module", shown(packed, "MB"), String::new(), "3 MB"),
            ("resident memory of import and first sign-in", median("command.memory", "MiB"), String::new(), "10 MiB"),
        ];
        let rows = rows.map(|(what, figure, beside, budget)| Row { what: what.to_owned(), figure, beside, budget });
        let others = self.growth.iter().flat_map(|growth| growth.rows(figures));
        Ok(rows.into_iter().filter(Row::is_measured).chain(others).collect())
    }

    /// Of the library and of the package, in MB, as they are published: for this system.
    fn sizes(&self) -> Result<[Option<f64>; 2]> {
        if self.growth.is_none() {
            return Ok([None; 2]);
        }
        let size = |file: PathBuf| std::fs::metadata(file).map(|file| file.len() as f64 / 1e6);
        let package = match &self.shell {
            Some(shell) => pack::check(shell, &self.packed).and_then(|()| pack::package(&self.packed))?,
            None => None,
        };
        Ok([Some(size(self.repo.installed_library())?), package.map(size).transpose()?])
    }
}
