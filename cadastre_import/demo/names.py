"""Invented names: streets called after things and dates, never after a person who lived."""

import unicodedata

THINGS = (
    """
des Acacias|des Aubépines|des Bouleaux|des Bruyères|des Camélias|des Cerisiers|des Charmes|des Châtaigniers
des Chênes|des Coquelicots|des Cyprès|des Églantiers|des Érables|des Fougères|des Frênes|des Genêts
des Glycines|des Hêtres|des Hortensias|des Iris|des Jonquilles|des Lauriers|des Lilas|des Magnolias
des Marronniers|des Mimosas|des Mûriers|des Myosotis|des Noisetiers|des Noyers|des Ormes|des Peupliers
des Pervenches|des Pins|des Platanes|des Pommiers|des Primevères|des Rosiers|des Roseaux|des Saules
des Sapins|des Sorbiers|des Sureaux|des Tilleuls|des Tulipes|des Violettes|des Alouettes|des Bouvreuils
des Bergeronnettes|des Chardonnerets|des Fauvettes|des Grives|des Hirondelles|des Loriots|des Mésanges
des Merles|des Mouettes|des Pinsons|des Rossignols|des Rouges-Gorges|des Tourterelles|des Vanneaux
des Hérons|des Écureuils|des Chevreuils|du Cerf|du Renard|du Loup|de la Biche|du Lièvre|de l'Abreuvoir
du Lavoir|de la Fontaine|du Puits|des Quatre Puits|de la Source|du Moulin|du Moulin Brûlé|du Moulin à Vent
de l'Écluse|du Port|du Quai Vert|du Gué|du Vieux Pont|du Pont Neuf|de la Passerelle|de la Rivière|des Îles
des Prés|de la Prairie|des Grands Prés|du Pâtis|de la Pâture|des Chaumes|des Vignes|de la Vigne Haute
du Clos|du Clos Fleuri|des Vergers|du Verger|des Jardins|des Maraîchers|des Potagers|de la Garenne
du Bois|du Bois Joli|du Bois Rond|de l'Orée|de la Lande|des Landes|de la Butte|du Tertre|de la Colline
des Coteaux|de Bellevue|de Beauregard|du Belvédère|des Terrasses|du Panorama|du Soleil|du Soleil Levant
du Levant|du Couchant|du Midi|du Nord|de l'Étoile|de la Lune|des Vents|des Quatre Vents|de la Bise
de l'Arc-en-Ciel|de la Gare|de la Petite Vitesse|du Dépôt|des Cheminots|du Viaduc|du Tunnel|de la Poste
de la Mairie|de l'Hôtel de Ville|du Marché|des Halles|du Marché aux Grains|du Champ de Foire|de la Foire
du Palais|de la Justice|de la Prison|des Écoles|de l'École|du Collège|du Lycée|de l'Hôpital|des Sœurs
de l'Hospice|de la Charité|de l'Abbaye|du Cloître|du Prieuré|des Capucines|des Cordeliers|de l'Église
de la Chapelle|du Calvaire|de la Croix|de la Croix Blanche|de la Croix Verte|du Presbytère|du Chapitre
des Remparts|de la Poterne|de la Porte Haute|de la Porte Basse|du Château|de la Tour|du Donjon|du Fossé
des Fossés|du Guet|de l'Arsenal|de la Citadelle|de la Caserne|du Champ de Tir|des Tanneurs|des Cordiers
des Drapiers|des Tisserands|des Teinturiers|des Filatures|des Potiers|des Verriers|des Tonneliers
des Charrons|des Forgerons|des Forges|des Fondeurs|des Chaudronniers|des Couteliers|des Orfèvres
des Bouchers|des Boulangers|du Four|du Four à Chaux|des Meuniers|des Bateliers|des Pêcheurs|des Mariniers
des Carriers|de la Carrière|des Ardoises|des Tuiliers|de la Tuilerie|de la Briqueterie|des Plâtriers
des Maçons|des Charpentiers|des Menuisiers|des Imprimeurs|des Relieurs|de l'Imprimerie|de l'Horloge
du Cadran|de la Cloche|des Trois Cloches|de l'Épée|du Lion d'Or|du Cheval Blanc|de la Licorne|du Cygne
du Coq|de l'Ours|de l'Écu|des Trois Rois|du Chapeau Rouge|de la Clef|de l'Ancre|de la Harpe|du Dauphin
de la République|de la Liberté|de l'Égalité|de la Fraternité|de la Paix|de l'Espérance|de la Concorde
de l'Union|du Progrès|de l'Avenir|de l'Europe|de la Résistance|de la Libération|de la Victoire|de Verdun
du 8 Mai 1945|du 11 Novembre|du 14 Juillet|du 19 Mars 1962|du 4 Septembre|du 1er Mai|des Arts
des Beaux-Arts|de la Comédie|du Théâtre|de la Musique|du Stade|des Sports|de la Piscine|du Gymnase
de l'Industrie|du Commerce|des Artisans|de la Manufacture|de l'Usine|de l'Usine à Gaz|des Ateliers
des Docks|de l'Entrepôt|de l'Énergie|de la Technopole|des Pionniers|de la Mutualité|de la Coopérative
des Cités|des Castors|de la Cité Jardin|du Mail|de la Promenade|du Cours|du Rond-Point|du Carrefour
des Trois Chemins|de la Patte d'Oie|du Raccourci|de Traverse|de la Ruelle Creuse|du Chemin Vert
de la Ligne|de Ceinture|du Petit Bonheur|du Gai Logis|du Bon Repos|de la Bonne Aventure|du Repos
du Paradis|du Désert|de la Grange|de la Grange Dîmière|de la Ferme|de la Bergerie|du Colombier
de la Métairie|du Pressoir|de la Cave|des Meules|de la Moisson|des Blés|des Épis|du Seigle|de l'Avoine
des Lins|du Chanvre|de la Luzerne|des Trèfles|du Houblon|de la Vauze|du Val|de la Vallée|du Vallon|du Ru
de l'Étang|des Étangs|de la Mare|de la Mare aux Canards|du Marais|de la Tourbière|des Osiers|de l'Oseraie
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

KINDS = {
    "centre": (("Rue", 60), ("Ruelle", 9), ("Passage", 8), ("Impasse", 8), ("Venelle", 6), ("Cour", 5), ("Place", 4)),
    "faubourg": (("Rue", 76), ("Impasse", 8), ("Passage", 5), ("Cité", 4), ("Villa", 3), ("Avenue", 4)),
    "bourg": (("Rue", 70), ("Ruelle", 10), ("Impasse", 8), ("Place", 6), ("Sente", 6)),
    "pavillon": (("Rue", 55), ("Allée", 22), ("Impasse", 9), ("Avenue", 5), ("Clos", 5), ("Square", 4)),
    "grand_ensemble": (("Rue", 40), ("Allée", 20), ("Square", 20), ("Place", 10), ("Avenue", 10)),
    "activite": (("Rue", 70), ("Avenue", 20), ("Allée", 10)),
    "champs": (("Chemin", 80), ("Route", 20)),
    "ring": (("Boulevard", 80), ("Cours", 10), ("Avenue", 10)),
    "radial": (("Avenue", 55), ("Route", 20), ("Rue", 25)),
    "river": (("Quai", 100),),
}  # fmt: skip

ABBREVIATIONS = {
    "Rue": "r", "Avenue": "av", "Boulevard": "bd", "Impasse": "imp", "Allée": "all", "Chemin": "che",
    "Place": "pl", "Passage": "pas", "Route": "rte", "Square": "sq", "Ruelle": "rle", "Cité": "cte",
}  # fmt: skip

# No one bears these surnames: they say that they are invented
SURNAMES = (
    "FICTIF", "INVENTÉ", "EXEMPLE", "MODÈLE", "SPÉCIMEN", "NULPART", "DELAFICTION", "PERSONNAGE", "TESTAMAND",
    "IMAGINÉ", "DÉMONSTRE", "FACTICE", "PSEUDOT", "SIMULACRE", "ESSAYEUR", "MAQUETTE", "GABARIT", "BROUILLON",
    "CANEVAS", "ÉBAUCHE", "PROTOTYPE", "ÉCHANTILLON", "FEINTISE",
)  # fmt: skip
FIRST_NAMES = ["Prénom-A", "Prénom-B", "Prénom-C", "Prénom-D", "Prénom-E", "Prénom-F", "Prénom-G", "-"]
COMPANIES = (
    "SCI DU MODÈLE", "SCI FICTION PIERRE", "SCI EXEMPLE", "SARL GESTION IMAGINAIRE", "SCI DES INVENTIONS",
    "INDIVISION SPÉCIMEN", "SCI LA FACTICE", "SAS LOGIS DÉMO", "SCI MAQUETTE", "SCI NULLE PART",
)  # fmt: skip
SOCIAL_LANDLORDS = ("OPH Val de Vauze Fictif", "SA HLM Exemple Habitat")
SYNDICS = (
    "Cabinet Syndic Exemple", "Syndic Imaginaire", "Gestion Fiction Immobilière", "Régie du Modèle",
    "Syndic bénévole",
)  # fmt: skip


def plain(text: str) -> str:
    """Give the text without its accents and ligatures."""
    decomposed = unicodedata.normalize("NFD", text.replace("œ", "oe").replace("Œ", "OE"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def afnor(text: str) -> str:
    """Give the postal form: capitals, no accent, no apostrophe, no hyphen."""
    return plain(text).upper().replace("'", " ").replace("’", " ").replace("-", " ")
