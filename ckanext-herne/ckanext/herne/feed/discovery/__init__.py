"""How search engines and feed readers find the datasets: schema.org, Croissant, sitemap, robots, Atom."""
