use crate::error::{Error,Result};
use crate::problem::table::Table;
use crate::theorem::{DataRun, Options};
pub fn run(_table: &Table, _options: &Options) -> Result<DataRun> { Err(Error::input("todo")) }
