//! The networks that a row of the policy is for: a trusted network, said out loud.
//!
//! An address signs nobody in by itself. A row that names networks is the operator's own word that whoever can send from
//! there may do this; it holds only for a client whose address is certain.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

/// Some networks; where there are none, everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Within(Vec<IpNet>);

/// Why a network cannot stand in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotWithin {
    /// All addresses.
    #[error("this is everybody: write \"anyone\": true instead, if that is what you mean")]
    Everybody,
    /// This machine.
    #[error(
        "loopback proves nothing, since every account and every proxy of this machine comes from there: see local_access"
    )]
    Loopback,
}

impl Within {
    /// These networks.
    ///
    /// # Errors
    /// [`NotWithin`].
    pub fn check(network: IpNet) -> Result<IpNet, NotWithin> {
        let loopback = [
            IpNet::from(IpAddr::from([127, 0, 0, 1])),
            IpNet::from(IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1_u16])),
        ];
        if network.prefix_len() == 0 {
            Err(NotWithin::Everybody)
        } else if network.network().is_loopback()
            || loopback.iter().any(|address| network.contains(address))
        {
            Err(NotWithin::Loopback)
        } else {
            Ok(network)
        }
    }

    /// The networks `list`, each of which [`check`](Self::check) let through.
    #[must_use]
    pub fn of(list: Vec<IpNet>) -> Self {
        Self(list)
    }

    /// Whether any network is named.
    #[must_use]
    pub fn is_named(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether a client at `address` is there. One whose address is not certain is nowhere.
    #[must_use]
    pub fn holds(&self, address: Option<IpAddr>) -> bool {
        let there = |address: IpAddr| {
            let address = address.to_canonical();
            self.0.iter().any(|network| network.contains(&address))
        };
        !self.is_named() || address.is_some_and(there)
    }
}

impl fmt::Display for Within {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        out.write_str(&texts.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_and_this_machine_are_no_network_to_trust() {
        let check = |text: &str| Within::check(text.parse().expect("a network")).err();
        for text in ["0.0.0.0/0", "::/0"] {
            assert_eq!(check(text), Some(NotWithin::Everybody), "{text}");
        }
        for text in [
            "127.0.0.0/8",
            "127.0.0.5/32",
            "::1/128",
            "126.0.0.0/7",
            "::/8",
        ] {
            assert_eq!(check(text), Some(NotWithin::Loopback), "{text}");
        }
        for text in ["192.168.1.0/24", "10.0.0.0/8", "fd00::/8", "192.168.1.7/32"] {
            assert_eq!(check(text), None, "{text}");
        }
    }

    #[test]
    fn an_address_that_is_not_certain_is_nowhere() {
        let home = Within::of(vec!["192.168.1.0/24".parse().expect("a network")]);
        let at = |text: &str| text.parse().ok();
        assert!(home.holds(at("192.168.1.9")));
        assert!(home.holds(at("::ffff:192.168.1.9")));
        assert!(!home.holds(at("192.168.2.9")));
        assert!(!home.holds(None));
        assert!(Within::default().holds(None));
    }
}
