//! What a catalog must have so that its budgets hold.

use crate::budgets::Budget;
use crate::catalog::{Catalog, Target};

impl Catalog {
    /// A budget over a model whose price nobody knows would never be used up. Whoever sets one relies on it, so such a
    /// catalog is refused, with what to write.
    pub(crate) fn check(&self) -> Result<(), String> {
        for budget in &self.budgets {
            if let Some((provider, model)) = self.unpriced(budget) {
                return Err(format!(
                    "the budget {:?} covers {provider}/{model}, whose price is not known. Add\n  \
                     [prices.\"{provider}/{model}\"]\n  input = …\n  output = …\nwith what a million tokens cost, 0 \
                     if nothing is to be paid",
                    budget.name
                ));
            }
        }
        Ok(())
    }

    fn unpriced(&self, budget: &Budget) -> Option<(&str, &str)> {
        let covers = |name: &String| budget.scope.alias.as_ref().is_none_or(|alias| alias == name);
        let unknown = |target: &&Target| {
            let free = self.providers.get(&target.provider).is_some_and(|known| known.free);
            self.price(free, &target.provider, &target.model).is_none()
        };
        let aliases = self.aliases.iter().filter(|(name, _)| covers(name));
        let target = aliases.flat_map(|(_, alias)| alias.targets()).find(unknown);
        let target = target.map(|target| (target.provider.as_str(), target.model.as_str()));
        let embedders = self.embedders.iter().filter(|(name, _)| covers(name)).map(|(_, known)| known);
        target.or_else(|| {
            let mut unknown = embedders
                .filter(|known| self.price(known.free, &known.provider, &known.model).is_none())
                .map(|known| (known.provider.as_str(), known.model.as_str()));
            unknown.next()
        })
    }
}
