//! Letters that print findings, those that correct them, and what was told last.

use std::collections::HashMap;

use leitai_rpc::paging::Page;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};

use super::{
    Store,
    entities::{correction, correction_item, issued_round, letter, letter_counter, letter_finding},
    issuing::CHUNK,
    reads::{beyond, numbers},
};
use crate::{
    corrections::{Figures, Key, LETTER_WORD},
    reminders,
    round::Light,
};

/// The words of lights as they are stored.
const LIGHTS: [(Light, &str); 5] =
    [(Light::Green, "green"), (Light::Yellow, "yellow"), (Light::Red, "red"), (Light::Grey, "grey"), (Light::Missing, "missing")];

/// A letter's corrections, oldest first, and what they told last of each finding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Oldest first.
    pub corrections: Vec<correction::Model>,
    /// The newest figures of what they told.
    pub figures: HashMap<Key, Figures>,
}

/// A correction with its letter and the number of the letter that it corrects.
pub type Corrected = (correction::Model, letter::Model, String);

impl Store {
    /// The letter of an id or a number.
    ///
    /// # Errors
    /// The database's own.
    pub async fn letter_named(&self, name: &str) -> Result<Option<letter::Model>, DbErr> {
        let named = Condition::any().add(letter::Column::LetterId.eq(name)).add(letter::Column::Number.eq(name));
        letter::Entity::find().filter(named).order_by_asc(letter::Column::Year).one(self.database.connection()).await
    }

    /// A round's number in evaluation's log; `None` where it was not issued.
    ///
    /// # Errors
    /// The database's own.
    pub async fn sequence_of(&self, plan_id: &str, period: &str) -> Result<Option<i64>, DbErr> {
        let key = (plan_id.to_owned(), period.to_owned());
        Ok(issued_round::Entity::find_by_id(key).one(self.database.connection()).await?.map(|row| row.sequence))
    }

    /// A round's letters that print findings, by year and number.
    ///
    /// # Errors
    /// The database's own.
    pub async fn letters_of_findings(&self, plan_id: &str, period: &str) -> Result<Vec<letter::Model>, DbErr> {
        letter::Entity::find()
            .filter(letter::Column::PlanId.eq(plan_id))
            .filter(letter::Column::Period.eq(period))
            .filter(letter::Column::Tier.is_not_in([LETTER_WORD, reminders::LETTER_WORD]))
            .order_by_asc(letter::Column::Year)
            .order_by_asc(letter::Column::Ordinal)
            .all(self.database.connection())
            .await
    }

    /// What letters hold, by letter, each letter's by indicator and division.
    ///
    /// # Errors
    /// The database's own.
    pub async fn held_by(&self, letter_ids: &[String]) -> Result<HashMap<String, Vec<Key>>, DbErr> {
        let mut held: HashMap<String, Vec<Key>> = HashMap::new();
        for ids in letter_ids.chunks(CHUNK) {
            let rows = letter_finding::Entity::find()
                .filter(letter_finding::Column::LetterId.is_in(ids.iter().cloned()))
                .order_by_asc(letter_finding::Column::IndicatorId)
                .order_by_asc(letter_finding::Column::DivisionCode)
                .all(self.database.connection())
                .await?;
            rows.into_iter().for_each(|row| held.entry(row.letter_id).or_default().push((row.indicator_id, row.division_code)));
        }
        Ok(held)
    }

    /// What was told since by letters that correct these, by the letter that is corrected.
    ///
    /// # Errors
    /// The database's own.
    pub async fn told_since(&self, letter_ids: &[String]) -> Result<HashMap<String, Told>, DbErr> {
        let connection = self.database.connection();
        let mut told: HashMap<String, Told> = HashMap::new();
        for ids in letter_ids.chunks(CHUNK) {
            let of_letters = correction::Entity::find().filter(correction::Column::CorrectsLetterId.is_in(ids.iter().cloned()));
            let rows = of_letters.order_by_asc(correction::Column::Ordinal).all(connection).await?;
            let mut items = items(connection, &rows).await?;
            for row in rows {
                let told = told.entry(row.corrects_letter_id.clone()).or_default();
                told.figures.extend(items.remove(&row.letter_id).unwrap_or_default());
                told.corrections.push(row);
            }
        }
        Ok(told)
    }

    /// Letters of these ids.
    ///
    /// # Errors
    /// The database's own.
    pub async fn letters_by_id(&self, letter_ids: &[String]) -> Result<HashMap<String, letter::Model>, DbErr> {
        let mut letters = HashMap::new();
        for ids in letter_ids.chunks(CHUNK) {
            let rows = letter::Entity::find().filter(letter::Column::LetterId.is_in(ids.iter().cloned()));
            letters.extend(rows.all(self.database.connection()).await?.into_iter().map(|row| (row.letter_id.clone(), row)));
        }
        Ok(letters)
    }

    /// A page of corrections, by year and number, and the next page's token.
    ///
    /// # Errors
    /// The database's own.
    pub async fn corrections(
        &self,
        plan_id: Option<String>,
        period: Option<String>,
        page: &Page,
    ) -> Result<(Vec<Corrected>, String), DbErr> {
        use letter::Column::{Ordinal, Period, PlanId, Tier, Year};
        let rows = letter::Entity::find()
            .filter(Tier.eq(LETTER_WORD))
            .apply_if(plan_id, |query, plan| query.filter(PlanId.eq(plan)))
            .apply_if(period, |query, period| query.filter(Period.eq(period)))
            .apply_if(numbers(page), |query, after| query.filter(beyond([Year, Ordinal], after)))
            .order_by_asc(Year)
            .order_by_asc(Ordinal)
            .limit(page.limit())
            .all(self.database.connection())
            .await?;
        let (letters, next) = page.cut(rows, |row| vec![row.year.to_string(), row.ordinal.to_string()]);
        Ok((self.with_corrected(letters).await?, next))
    }

    /// Corrections with their rows and the numbers of what they correct.
    ///
    /// # Errors
    /// The database's own.
    pub async fn with_corrected(&self, letters: Vec<letter::Model>) -> Result<Vec<Corrected>, DbErr> {
        let ids = letters.iter().map(|letter| letter.letter_id.as_str());
        let rows = correction::Entity::find().filter(correction::Column::LetterId.is_in(ids)).all(self.database.connection()).await?;
        let originals: Vec<String> = rows.iter().map(|row| row.corrects_letter_id.clone()).collect();
        let numbers = self.letters_by_id(&originals).await?;
        let mut rows: HashMap<String, correction::Model> = rows.into_iter().map(|row| (row.letter_id.clone(), row)).collect();
        let with = |letter: letter::Model| {
            let row = rows.remove(&letter.letter_id)?;
            let number = numbers.get(&row.corrects_letter_id)?.number.clone();
            Some((row, letter, number))
        };
        Ok(letters.into_iter().filter_map(with).collect())
    }

    /// The number that the next letter of a year would get now.
    ///
    /// # Errors
    /// The database's own.
    pub async fn next_number(&self, year: i32) -> Result<i32, DbErr> {
        Ok(letter_counter::Entity::find_by_id(year).one(self.database.connection()).await?.map_or(1, |row| row.last + 1))
    }
}

/// The ids of the letters that these correct, by the correction's.
///
/// # Errors
/// The database's own.
pub async fn originals(connection: &impl ConnectionTrait, letter_ids: &[String]) -> Result<HashMap<String, String>, DbErr> {
    let mut originals = HashMap::new();
    for ids in letter_ids.chunks(CHUNK) {
        let rows = correction::Entity::find().filter(correction::Column::LetterId.is_in(ids.iter().cloned())).all(connection).await?;
        originals.extend(rows.into_iter().map(|row| (row.letter_id, row.corrects_letter_id)));
    }
    Ok(originals)
}

/// How many corrections a letter has.
///
/// # Errors
/// The database's own.
pub async fn count(tx: &DatabaseTransaction, letter_id: &str) -> Result<u64, DbErr> {
    correction::Entity::find().filter(correction::Column::CorrectsLetterId.eq(letter_id)).count(tx).await
}

/// Stores that a letter corrects another, and what it tells.
///
/// # Errors
/// The database's own; an ordinal that another took meanwhile is one.
pub async fn store(tx: &DatabaseTransaction, row: correction::Model, told: Vec<(Key, Figures)>) -> Result<(), DbErr> {
    let letter_id = row.letter_id.clone();
    correction::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    let rows: Vec<_> = told.into_iter().map(|(key, figures)| item(&letter_id, key, figures)).collect();
    for chunk in rows.chunks(CHUNK) {
        let rows = chunk.iter().cloned().map(correction_item::Model::into_active_model);
        correction_item::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

async fn items(
    connection: &impl ConnectionTrait,
    corrections: &[correction::Model],
) -> Result<HashMap<String, Vec<(Key, Figures)>>, DbErr> {
    let ids = corrections.iter().map(|row| row.letter_id.as_str());
    let rows = correction_item::Entity::find().filter(correction_item::Column::LetterId.is_in(ids)).all(connection).await?;
    let mut items: HashMap<String, Vec<(Key, Figures)>> = HashMap::new();
    for row in rows {
        let (letter_id, told) = figures(row)?;
        items.entry(letter_id).or_default().push(told);
    }
    Ok(items)
}

fn item(letter_id: &str, (indicator_id, division_code): Key, figures: Figures) -> correction_item::Model {
    let word = LIGHTS.iter().find(|(light, _)| *light == figures.light).map_or("", |(_, word)| word);
    correction_item::Model {
        letter_id: letter_id.to_owned(),
        indicator_id,
        division_code,
        expected: figures.expected,
        actual: figures.actual,
        gap: figures.gap,
        light: word.to_owned(),
        rank: figures.rank,
        ranked_count: figures.ranked_count,
        behind_since: figures.behind_since.map(|since| since.to_string()),
    }
}

fn figures(row: correction_item::Model) -> Result<(String, (Key, Figures)), DbErr> {
    let unreadable = |what: &str| DbErr::Custom(format!("correction `{}` has no {what}", row.letter_id));
    let light = LIGHTS.iter().find(|(_, word)| *word == row.light).ok_or_else(|| unreadable("light"))?.0;
    let behind_since = row.behind_since.as_deref().map(|since| since.parse().map_err(|_| unreadable("period"))).transpose()?;
    let (expected, actual, gap, rank, ranked_count) = (row.expected, row.actual, row.gap, row.rank, row.ranked_count);
    let figures = Figures { expected, actual, gap, light, rank, ranked_count, behind_since };
    Ok((row.letter_id, ((row.indicator_id, row.division_code), figures)))
}
