//! What this crate's tests share.

use std::{
    fmt::Write,
    sync::{Arc, Mutex},
};

use leitai_domain::{
    calendar::{CHINA_TOML, Calendar},
    plan::Plan,
};
use leitai_rpc::clock::Clock;
use time::OffsetDateTime;

/// A plan with the thirteen county indicators and those kept beside them, and one provincial indicator.
pub fn plan_toml() -> String {
    let mut text = String::from(
        "id = 'test-county-2025'\ntitle = '测试方案'\nyear = 2025\nsource = '测试'\nprovince_code = '230000'\n\
         [county_set]\nunder = '230000'\nyear = 2024\n",
    );
    let judged = [
        ("gdp_growth", "%"),
        ("primary_growth", "%"),
        ("industry_growth", "%"),
        ("industry_share_change", "个百分点"),
        ("tech_results", "项"),
        ("project_investment_growth", "%"),
        ("foreign_capital_growth", "%"),
        ("loan_growth", "%"),
        ("new_industrial_enterprises", "户"),
        ("budget_revenue_growth", "%"),
        ("tax_revenue_growth", "%"),
        ("urban_income_growth", "%"),
        ("rural_income_growth", "%"),
    ];
    let beside = [
        ("gdp", "亿元"),
        ("budget_revenue", "万元"),
        ("tax_revenue", "万元"),
        ("foreign_capital", "万美元"),
        ("loan_balance", "亿元"),
        ("loan_change_since_january", "亿元"),
        ("urban_income", "元"),
        ("rural_income", "元"),
        ("fixed_asset_investment_growth", "%"),
    ];
    for (id, unit) in judged.into_iter().chain(beside) {
        let head = format!("id = '{id}'\nname = '{id}'\nunit = '{unit}'\nkind = 'rate'\nscope = 'county'\nfrequency = 'monthly'");
        let _ = writeln!(text, "[[indicator]]\n{head}");
    }
    text + "[[indicator]]\nid = 'province_gdp'\nname = 'province_gdp'\nunit = '亿元'\nkind = 'flow'\nscope = 'province'\nfrequency = 'quarterly'\n"
}

/// [`plan_toml`], read.
pub fn plan() -> Plan {
    Plan::from_toml(&plan_toml()).unwrap()
}

/// China's working days as they ship.
pub fn calendar() -> Calendar {
    Calendar::from_toml(CHINA_TOML).unwrap()
}

/// A clock that is set by hand.
#[derive(Debug, Clone)]
pub struct SetClock(Arc<Mutex<OffsetDateTime>>);

impl SetClock {
    /// Shows this time until it is set.
    pub fn at(time: OffsetDateTime) -> Self {
        Self(Arc::new(Mutex::new(time)))
    }

    /// Sets it.
    pub fn set(&self, time: OffsetDateTime) {
        *self.0.lock().unwrap() = time;
    }
}

impl Clock for SetClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }
}
