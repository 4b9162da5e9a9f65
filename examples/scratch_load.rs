use std::time::Instant;
use editkey::store::Keys; use editkey::mint::Secrets;
fn main(){ let p=std::env::args().nth(1).unwrap(); let t=Instant::now(); let k=Keys::open(p.as_ref(), Secrets::derive(&[1;32]).sealer()).unwrap();
 let n=k.log().look_blocking(|l| l.table.len()); println!("{:?} {:?}", n.ok(), t.elapsed());
 let s=std::fs::read_to_string("/proc/self/status").unwrap(); for l in s.lines(){ if l.starts_with("VmRSS")||l.starts_with("VmHWM")||l.starts_with("RssAnon"){println!("{l}")}} }
