use std::process::ExitCode; use crate::theorem::Course; pub fn cli(_c:&Course)->ExitCode{ExitCode::SUCCESS}
